"""``keys``: who may call the service. The database's code is slow to load, so each command loads it when it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.options import DataDir
from reward_api.cli.terminal import plain, results, tell
from reward_api.embedded.folder import make_folders
from reward_api.embedded.plan import records_url

if TYPE_CHECKING:
    from services.stores.keys import KeyInfo
    from services.stores.records import Records

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)

Scopes = Annotated[
    list[str],
    typer.Option(help="submit, read or admin; may be repeated.", default_factory=lambda: ["submit", "read"]),
]
RecordsUrl = Annotated[
    str | None,
    typer.Option(envvar="WEBGEN_RECORDS__URL", show_envvar=True, help="Database; that of --data-dir where left out."),
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    data_dir: DataDir,
    scope: Scopes,
    records_address: RecordsUrl = None,
) -> None:
    """Make a key. Its secret is shown this once."""
    from services.stores.keys import create_key

    with opened(records_address, data_dir) as records:
        key_id, secret = create_key(records, name, scope)
    tell(f"Key {key_id} for {name} with {', '.join(scope)}. The secret is not shown again:")
    typer.echo(secret)


@app.command("list")
def list_(data_dir: DataDir, records_address: RecordsUrl = None) -> None:
    """Show all keys, without their secrets."""
    from services.stores.keys import list_keys

    with opened(records_address, data_dir) as records:
        results().print(as_table(list_keys(records)))


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="As shown by list.")],
    data_dir: DataDir,
    records_address: RecordsUrl = None,
) -> None:
    """End a key's validity at once."""
    from services.stores.keys import revoke_key

    with opened(records_address, data_dir) as records:
        revoke_key(records, key_id)
    tell(f"Key {key_id} is revoked.")


@contextmanager
def opened(url: str | None, data_dir: Path) -> Iterator[Records]:
    """The records at an address; without one, those of the data folder, made where there are none."""
    from services.stores.migrations import upgrade
    from services.stores.records import Records

    if url is None:
        folder = data_dir.expanduser().absolute()
        make_folders(folder)
        url = records_url(folder)
        upgrade(url)
    records = Records(url)
    try:
        yield records
    finally:
        records.close()


def as_table(keys: list[KeyInfo]) -> Table:
    table = Table("id", "name", "scopes", "created", "revoked", box=None, pad_edge=False)
    for key in keys:
        revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        cells = (key.id, key.name, " ".join(sorted(key.scopes)), f"{key.created_at:%Y-%m-%d %H:%M}", revoked)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table
