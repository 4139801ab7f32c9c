"""``clean``: what retention lets go, and what it freed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reward_api.cli.options import DataDir
from reward_api.cli.terminal import results
from reward_api.embedded.plan import records_url
from services.errors import InvalidRequest

if TYPE_CHECKING:
    from services.settings import CleanSettings
    from services.stores.retention.cleaning import Cleaned

_STORES = ("WEBGEN_RECORDS__URL", "WEBGEN_BLOBS__")


RecordsDays = Annotated[
    float | None,
    typer.Option(
        envvar="WEBGEN_RETENTION__RECORDS_DAYS",
        show_envvar=True,
        show_default="never",
        help="Evaluations go so many days after their end.",
    ),
]
KeepRun = Annotated[
    list[str] | None,
    typer.Option(help="A run whose evaluations stay; * stands for any characters. May be repeated."),
]
BlobHours = Annotated[
    float | None,
    typer.Option(
        envvar="WEBGEN_RETENTION__BLOB_HOURS",
        show_default="24",
        help="A blob that no record refers to stays so long after it was written or used.",
    ),
]


def clean(
    data_dir: DataDir,
    records_days: RecordsDays = None,
    keep_run: KeepRun = None,
    blob_hours: BlobHours = None,
    delete: Annotated[bool, typer.Option("--delete", help="Remove it; without this it is only counted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Remove old evaluations, and blobs that no record refers to. Says what would go, and removes it with --delete.

    Everything may go on running meanwhile. The stores are those of --data-dir, or of WEBGEN_RECORDS__URL and
    WEBGEN_BLOBS__…, as the service has them.
    """
    import os

    from services.stores.blob_choice import make_blobs
    from services.stores.records import Records
    from services.stores.retention.cleaning import clean as clean_up

    asked = {"records_days": records_days, "keep_runs": tuple(keep_run or ()), "blob_hours": blob_hours}
    settings = _settings(
        os.environ, data_dir, {name: value for name, value in asked.items() if value not in (None, ())}
    )
    records = Records(settings.records.url.get_secret_value())
    try:
        cleaned = clean_up(records, make_blobs(settings.blobs), settings.retention, dry_run=not delete)
    finally:
        records.close()
    if as_json:
        typer.echo(json.dumps({"removed": delete, **asdict(cleaned)}))
    else:
        results().print(told(cleaned, removed=delete), markup=False, highlight=False, soft_wrap=True)


def told(cleaned: Cleaned, *, removed: bool) -> str:
    """The result in two sentences."""
    verb = "Removed" if removed else "Would remove"
    what = f"{cleaned.evaluations} evaluations, {cleaned.memos} memories of equal work"
    went = f"{verb} {what} and {cleaned.blobs} blobs ({_size(cleaned.bytes)})."
    return f"{went} {cleaned.blobs_kept} blobs stay ({_size(cleaned.bytes_kept)})."


def _settings(environment: Mapping[str, str], data_dir: Path, asked: Mapping[str, Any]) -> CleanSettings:
    """Both stores from the environment, or both in the data folder: blobs must never be held against records that are
    not theirs.

    Raises:
        InvalidRequest: the environment names one and not the other, there is no such folder, or a value does not fit.
    """
    from pydantic import ValidationError

    from services.settings import CleanSettings

    named = {store for store in _STORES if any(name.upper().startswith(store) for name in environment)}
    if len(named) == 1:
        raise InvalidRequest(f"only {named.pop()} is set: name both stores, {' and '.join(_STORES)}, or neither")
    try:
        settings = CleanSettings()
        retention = type(settings.retention).model_validate({**settings.retention.model_dump(), **asked})
        here = {} if named else _stores_in(data_dir.expanduser().absolute())
        return CleanSettings.model_validate({**settings.model_dump(), **here, "retention": retention})
    except ValidationError as error:
        raise InvalidRequest(str(error)) from None


def _stores_in(folder: Path) -> dict[str, Any]:
    if not (folder / "records.db").is_file():
        raise InvalidRequest(f"there are no records in {folder}")
    return {"records": {"url": records_url(folder)}, "blobs": {"root": folder / "blobs"}}


def _size(count: int) -> str:
    size, units = float(count), iter(("B", "kB", "MB", "GB"))
    unit = next(units)
    while size >= 1_000 and unit != "GB":
        size, unit = size / 1_000, next(units)
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
