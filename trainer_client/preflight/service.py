"""Checks of what the service says of itself. Pure: it was asked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.contract import Evaluation, RunStatistics
from services.stages import Stage
from trainer_client.preflight.check import Check, failure, ok, warning

DEFAULT = "cascade"
"""The profile of a run that names none."""


@dataclass(frozen=True, slots=True)
class Pins:
    """What a run is, or would be, tied to.

    Attributes:
        profile_hash: null where the profile is unknown.
        versions: component -> version, ``judge`` among them; empty where nothing was evaluated yet.
    """

    profile_hash: str | None
    versions: Mapping[str, str]


def profile(wanted: str | None, known: Sequence[Mapping[str, Any]]) -> Check:
    """``known``: of ``GET /v1/profiles``."""
    name = wanted or DEFAULT
    found = _named(name, known)
    if found is None:
        names = ", ".join(sorted(str(each["profile"]["name"]) for each in known))
        return failure("profile", f"the service knows no {name!r}; it knows {names}", "webgen-reward profiles put FILE")
    own = "" if found.get("built_in") else ", one of your own"
    return ok("profile", f"{name} {found['profile']['version']} ({str(found['hash'])[:12]}){own}")


def profile_hash(wanted: str | None, known: Sequence[Mapping[str, Any]]) -> str | None:
    found = _named(wanted or DEFAULT, known)
    return None if found is None else str(found["hash"])


def _named(name: str, known: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((each for each in known if each["profile"]["name"] == name), None)


def samples(wanted: str | None, known: Sequence[Mapping[str, Any]]) -> int | None:
    """Verdicts that the profile asks for."""
    found = _named(wanted or DEFAULT, known) or {}
    asked = found.get("profile", {}).get("judge", {}).get("samples")
    return asked if isinstance(asked, int) else None


def run_pins(name: str, run: RunStatistics | None, now: Pins, *, accept: bool) -> Check:
    """A run that goes on must meet what it began with, or every submission is refused."""
    if run is None:
        return ok("run", f"{name} is new; it will be pinned to what is found here")
    if run.cancelled:
        return failure("run", f"{name} was cancelled", "choose another name for the run")
    differing = [f"{key} {old} -> {now.versions[key]}" for key, old in run.versions.items() if _differs(now, key, old)]
    differing += ["profile"] * (now.profile_hash is not None and now.profile_hash != run.profile_hash)
    if not differing:
        return ok("run", f"{name} goes on, with the profile and the versions that it began with")
    told = f"{name} began with others: {'; '.join(differing)}"
    if accept:
        return warning("run", told, "service.accept_versions is set: groups of before and after do not compare")
    return failure("run", told, "choose a new run, or set service.accept_versions")


def _differs(now: Pins, key: str, old: str) -> bool:
    return key in now.versions and now.versions[key] != old


def prompt(own: str | None, scaffold: Mapping[str, Any]) -> Check:
    """``own``: the text of ``data.system_prompt``; null where the service gives the prompt."""
    theirs = str(scaffold["system_prompt"])
    version = str(scaffold["version"])
    if own is None:
        return ok("prompt", f"the service's own, scaffold {version}")
    if own.strip() == theirs.strip():
        return ok("prompt", f"a file, the same as the service's, scaffold {version}")
    return warning(
        "prompt",
        f"data.system_prompt is not the text of scaffold {version}, which parser and static rules know",
        "leave data.system_prompt out, or check that it describes the same format, slots and packages",
    )


def warm_up(drift: str | None) -> Check:
    """``drift``: how the prompt that the model was warmed up with differs (`trainer_client.recipes.prompts.drift`)."""
    if drift is None:
        return ok("warm-up", "nothing says that the model was trained with another prompt")
    return warning("warm-up", drift, "warm up again, or train with the prompt that was used: data.system_prompt")


def judge(graded: Sequence[Evaluation], *, allow_heuristic: bool) -> Check:
    """Of evaluations that were judged: one VLM that goes by the name that was asked for."""
    found = [evaluation for evaluation in graded if evaluation.judge]
    if not found:
        return failure("judge", "nothing was judged", "see the golden group below")
    kinds = {evaluation.judge.kind for evaluation in found if evaluation.judge}
    pinned = found[0].versions.get("judge", "")
    if kinds != {"vlm"}:
        return _stand_in(", ".join(sorted(kinds)), allow_heuristic)
    strangers = sorted({name for each in found for name in _strangers(each)})
    if strangers:
        return warning(
            "judge",
            f"asked as {pinned}, answered as {', '.join(strangers)}: the name may be another model tomorrow",
            "have the judge name the model by the name that the server returns",
        )
    return ok("judge", f"{pinned}; a run is pinned to it")


def _strangers(evaluation: Evaluation) -> list[str]:
    """Names under which the judge's server answered, other than those it was asked for."""
    facts = next((report.facts for report in evaluation.reports if report.stage is Stage.JUDGE), {})
    asked, answered = facts.get("asked"), facts.get("answered")
    if not isinstance(asked, list) or not isinstance(answered, list):
        return []
    pairs = [(own, name) for own, names in zip(asked, answered, strict=False) for name in names or []]
    return [str(name) for own, name in pairs if name != own]


def _stand_in(kind: str, allowed: bool) -> Check:
    told = f"{kind}: no model looks at the sites"
    if allowed:
        return warning("judge", told, "service.allow_heuristic is set: for trying things out, not for training")
    return failure("judge", told, "start the service with --judge vlm and a model")
