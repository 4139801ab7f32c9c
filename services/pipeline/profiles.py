"""Profiles as the records know them: built-in ones, those that were put, and every document ever used."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.compliance import RULES
from services.errors import Conflict, Unprocessable
from services.pipeline.view import load_profiles
from services.rewards.messages import nearest
from services.rewards.profile import BUILT_IN, Profile, built_in, parse
from services.stores.models import ProfileDocumentRow, ProfileRow, RunRow
from services.stores.records import insert_missing


def all_profiles(session: Session) -> list[Profile]:
    """Built-in profiles first, then those that were put, by name."""
    rows = list(session.scalars(select(ProfileRow).order_by(ProfileRow.name)))
    documents = load_profiles(session, [row.hash for row in rows])
    return [*built_in().values(), *(documents[row.hash] for row in rows)]


def find_profile(session: Session, name: str | None, run: RunRow | None) -> Profile:
    """A profile by name; without one, the run's own.

    Raises:
        Unprocessable: no profile of this name.
    """
    if name is None and run is not None:
        return load_profiles(session, [run.profile_hash])[run.profile_hash]
    known = {profile.name: profile for profile in all_profiles(session)}
    if name not in known:
        raise Unprocessable(f"no profile is called {name!r}: use one of {', '.join(sorted(known))}")
    return known[name]


def keep_document(session: Session, profile: Profile) -> None:
    """Keep a profile document under its hash, for as long as evaluations point to it."""
    insert_missing(session, ProfileDocumentRow, hash=profile.hash, body=profile.model_dump(mode="json"))


def read_profile(text: str) -> Profile:
    """A profile from TOML that names none but our rules.

    Raises:
        Unprocessable: naming every wrong key.
    """
    return parse(text, RULES)


def refuse_unknown_rules(profile: Profile) -> None:
    """A misspelt gate would fail every site, without a finding.

    Raises:
        Unprocessable: naming the rules that do not exist, and what may have been meant.
    """
    static = profile.static
    lists = {"gates": static.gates, "notes": static.notes or (), "format": static.format}
    lists["code_format"] = static.code_format
    named = [(f"static.{key}[{at}]", rule) for key, rules in lists.items() for at, rule in enumerate(rules)]
    unknown = [f"{key}: {rule!r} is no rule{nearest(rule, RULES)}" for key, rule in named if rule not in RULES]
    if unknown:
        raise Unprocessable(f"the profile is not valid: {'; '.join(unknown)}")


def put_profile(session: Session, profile: Profile, now: float) -> None:
    """Add a profile, or a new version of one. Runs go on with the document that they are pinned to.

    Raises:
        Conflict: the name is a built-in profile's, or its version has another content.
        Unprocessable: it names a rule that does not exist.
    """
    refuse_unknown_rules(profile)
    if profile.name in BUILT_IN:
        raise Conflict(f"{profile.name!r} is a built-in profile and cannot be changed: choose another name")
    old = session.get(ProfileRow, profile.name)
    if old is not None and old.hash != profile.hash:
        known = load_profiles(session, [old.hash])[old.hash].version
        if known == profile.version:
            raise Conflict(f"{profile.name!r} {known} exists with another content: raise the version")
    keep_document(session, profile)
    session.merge(ProfileRow(name=profile.name, hash=profile.hash, updated_at=now))
