"""Versions: workers announce theirs, a run pins what it meets first, and a derived evaluation may ask for another
judge that a worker offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.errors import Unprocessable
from services.pipeline.memo import VERSIONS_THAT_MATTER
from services.stores.models import AnnouncementRow
from services.stores.records import Records

COMPONENTS = frozenset(name for names in VERSIONS_THAT_MATTER.values() for name in names)


JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Offer:
    """A judge that a worker can be asked for.

    Attributes:
        version: what an evaluation that asks for it is pinned to.
        model: as callers name it; None for the judge as it is set up, which may be a panel of several.
        prompt: version of its prompt; None where it has none.
        standard: this is what the worker's own version asks.
    """

    version: str
    model: str | None = None
    prompt: str | None = None
    standard: bool = False


def announce(records: Records, versions: Mapping[str, str], now: float, offers: Sequence[Offer] = ()) -> None:
    """Tell the gateway which versions this worker runs and which judges it offers. Called at every start of a
    worker."""
    listed = {str(number): asdict(offer) for number, offer in enumerate(offers)}
    with records.write() as session:
        for component, version in versions.items():
            offered = listed if component == JUDGE and listed else None
            session.merge(AnnouncementRow(component=component, version=version, seen_at=now, offers=offered))


def announced(session: Session) -> dict[str, str]:
    """Component -> the version announced last."""
    return {row.component: row.version for row in session.scalars(select(AnnouncementRow))}


def missing(versions: Mapping[str, str]) -> list[str]:
    """Components that no worker has announced yet."""
    return sorted(COMPONENTS - set(versions))


def asked_judge(session: Session, model: str | None, prompt: str | None) -> str | None:
    """The version of the judge to ask: the one announced last, or the one offered for this model and prompt. None
    where no judge has ever been announced.

    Raises:
        Unprocessable: nobody offers it; says what is offered.
    """
    row = session.get(AnnouncementRow, JUDGE)
    if model is None and prompt is None:
        return None if row is None else row.version
    offers = [Offer(**offer) for offer in ((row.offers if row else None) or {}).values()]
    standard = next((offer for offer in offers if offer.standard), None)
    wanted = prompt or (standard.prompt if standard else None)
    fitting = [offer for offer in offers if offer.model == model and offer.prompt == wanted]
    if not fitting:
        raise Unprocessable(_not_offered(model, prompt, offers, row.version if row else "none"))
    return fitting[0].version


def _not_offered(model: str | None, prompt: str | None, offers: Sequence[Offer], running: str) -> str:
    asked = " and ".join(f"{what} {name!r}" for what, name in (("model", model), ("prompt", prompt)) if name)
    if not offers:
        return f"no judge with {asked} can be asked: {running} has neither models nor prompts to choose from"
    models = sorted({offer.model for offer in offers if offer.model})
    prompts = sorted({offer.prompt for offer in offers if offer.prompt})
    return (
        f"no judge with {asked} can be asked; models: {', '.join(models) or 'none'} (the operator's setting "
        f"judge.rejudge_models); prompts: {', '.join(prompts) or 'none'}"
    )
