"""``profiles``: reward definitions: those that ship with the service, one's own, and what they make of reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.explain import as_document, as_text
from reward_api.cli.options import ApiKey, DataDir, Url
from reward_api.cli.source import Source, open_source
from reward_api.cli.terminal import plain, results, tell
from services.errors import NotFound, Unprocessable
from services.rewards.explain import explain as explained
from services.rewards.profile import BUILT_IN, DEFAULT, Profile, built_in, built_in_text
from trainer_client import RewardClient

app = typer.Typer(help="Reward profiles: list, show, check, put, explain.", no_args_is_help=True)

OwnProfile = Annotated[Path, typer.Argument(help="A profile in TOML.", exists=True, dir_okay=False)]
OtherProfile = Annotated[str, typer.Option("--profile", help="A profile in TOML, or the name of one that is known.")]


@app.command("list")
def list_() -> None:
    """Show the built-in profiles."""
    results().print(as_table(list(built_in().values())))


@app.command()
def show(name: Annotated[str, typer.Argument(help="A built-in profile.")]) -> None:
    """Print a built-in profile as TOML: a start for one's own."""
    if name not in BUILT_IN:
        raise NotFound(f"no built-in profile is called {name!r}; there are {', '.join(BUILT_IN)}")
    typer.echo(built_in_text(name), nl=False)


@app.command()
def check(file: OwnProfile) -> None:
    """Say whether a profile is valid, its hash, and the rewards that each outcome can have."""
    profile = read(file)
    typer.echo(f"{profile.name} {profile.version} is valid: {profile.hash}")
    results().print(range_table(profile))


@app.command()
def put(
    file: OwnProfile,
    url: Annotated[str, typer.Option("--url", envvar="WEBGEN_URL", help="A running service.")],
    api_key: ApiKey = None,
) -> None:
    """Add a profile to a running service, or a new version of one. Needs a key with the scope admin."""
    profile = read(file)
    with RewardClient(url, api_key) as client:
        client.put_profile(profile.model_dump(mode="json"))
    typer.echo(f"{profile.name} {profile.version} is at {url}: {profile.hash}")
    tell("Runs that are under way keep the document that they began with.")


@app.command()
def explain(
    evaluation: Annotated[str, typer.Argument(help="Id of an evaluation.")],
    data_dir: DataDir,
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="Another profile: a file in TOML, or a name.", show_default="its own"),
    ] = None,
    url: Url = None,
    api_key: ApiKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show how a reward came about: each stage, and what each term adds. Nothing is changed."""
    with open_source(url, api_key, data_dir) as source:
        found = source.evaluation(evaluation)
        explanation = explained(found, chosen(profile or found.profile.hash, source))
    if as_json:
        typer.echo(json.dumps(as_document(explanation), indent=2))
        return
    for part in as_text(explanation):
        results().print(part)


def read(file: Path) -> Profile:
    """A profile from a file.

    Raises:
        Unprocessable: naming every wrong key.
    """
    from services.pipeline.profiles import read_profile  # the database's code beside it is the service's alone

    try:
        return read_profile(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise Unprocessable(f"{file} is not UTF-8 text") from error


def chosen(named: str, source: Source) -> Profile:
    """The profile in a file of this name, or else what the source knows by this name or hash.

    Raises:
        NotFound: neither is there.
    """
    file = Path(named)
    if file.is_file():
        return read(file)
    if file.suffix == ".toml":
        raise NotFound(f"there is no file {named}")
    return source.profile(named)


def range_table(profile: Profile) -> Table:
    table = Table("outcome", "lowest", "highest", box=None, pad_edge=False)
    for band in profile.bands:
        low, high = profile.band_range(band)
        table.add_row(band.value, f"{low:g}", f"{high:g}")
    return table


def as_table(profiles: list[Profile]) -> Table:
    table = Table("name", "version", "hash", "description", box=None, pad_edge=False)
    for profile in profiles:
        name = f"{profile.name} (default)" if profile.name == DEFAULT else profile.name
        cells = (name, profile.version, profile.hash[:12], profile.description)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table
