"""A profile: a named, versioned definition of how reports become a reward. A small TOML document.

Every outcome band is a linear form: ``base`` plus the sum of weight x term, each term and the whole clipped where the
profile says so. Terms are 0 to 1, but for ``appearance``, which is 0 to 5. See `services.rewards.terms` for where each
comes from, and docs/reward-guide.md for every key.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterator
from enum import StrEnum
from importlib import resources
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationInfo, model_validator

from services.contract import ProfileRef
from services.errors import Unprocessable
from services.rewards.messages import faults, nearest


class Band(StrEnum):
    """The outcome that a reward came from: a row of the profile's table."""

    NO_SOURCE = "no-source"
    STATIC_FAILED = "static-failed"
    BUILD_FAILED = "build-failed"
    RENDER_FAILED = "render-failed"
    RENDERED = "rendered"


class Term(StrEnum):
    """What a weight can be put on."""

    GATE_SHARE = "gate-share"
    STATIC_SHARE = "static-share"
    APPEARANCE = "appearance"
    FUNCTIONAL = "functional"
    FORMAT = "format"
    CODE_FORMAT = "code-format"
    TYPES = "types"
    INTERACTION = "interaction"
    HONEST = "honest"


MEASURED_IN_LINT = frozenset({Term.GATE_SHARE, Term.STATIC_SHARE, Term.FORMAT, Term.CODE_FORMAT})

TERM_RANGE = {term: (0.0, 5.0 if term is Term.APPEARANCE else 1.0) for term in Term}
"""Lowest and highest value that a term can have."""


def _is_known(rule: str, info: ValidationInfo) -> str:
    """Rules are checked where the reader of a profile names them: stored documents may name those of old."""
    rules: Collection[str] | None = (info.context or {}).get("rules")
    if rules is not None and rule not in rules:
        raise ValueError(f"{rule!r} is no rule{nearest(rule, rules)}")
    return rule


RuleId = Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9-]+$", max_length=80), AfterValidator(_is_known)]
RuleIds = Annotated[tuple[RuleId, ...], Field(max_length=200)]


LaneChoice = Literal["auto", "scaffold", "project"]
RenderMode = Literal["home", "full"]

Weight = Annotated[FiniteFloat, Field(ge=-1e6, le=1e6)]
"""Bounded, so that no sum of weighted terms leaves the finite numbers."""


def _upright(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise ValueError(f"{list(limits)} is upside down: write [lowest, highest]")
    return limits


Limits = Annotated[tuple[Weight, Weight], AfterValidator(_upright)]
"""Lowest and highest."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BandValue(Strict):
    """``base + sum(weights[term] * term)``."""

    base: Weight = 0.0
    weights: dict[Term, Weight] = Field(default_factory=dict)


class StaticRules(Strict):
    """Which rules end the cascade, which are only reported, and which make up the two format terms.

    Attributes:
        notes: rules that are reported and counted in ``static-share`` beside the gates; all other ``static/`` rules
            where left out.
    """

    gates: RuleIds
    notes: RuleIds | None = None
    format: RuleIds
    code_format: RuleIds = ()


class Clip(Strict):
    """``[lowest, highest]`` of the whole reward, and of single terms before they are weighed."""

    reward: Limits | None = None
    terms: dict[Term, Limits] = Field(default_factory=dict)


class JudgeRules(Strict):
    """How verdicts become appearance: ``criteria-mean`` over all samples, or the first sample's ``overall``,
    rounded to an integer.

    Attributes:
        samples: verdicts asked for.
        verdict_reuse: how far a verdict reaches over equal screenshots under the same instruction: the same ``step``
            of the run, so that equal sites tie and the next step asks anew; the whole ``run``; or ``never``, where
            each rollout gets a verdict of its own.
    """

    samples: int = Field(default=1, ge=1, le=16)
    appearance: Literal["criteria-mean", "overall"] = "criteria-mean"
    verdict_reuse: Literal["step", "run", "never"] = "step"


class Profile(Strict):
    """One reward definition.

    Attributes:
        render_gate: a page that did not render ends the cascade; off, it is judged as it is seen.
        render: how much of a site is looked at: ``home``, its first screen alone; or ``full``, home and further pages,
            whole, and at mobile width, and its controls tried, which the term ``interaction`` needs.
        lane: how builds run: ``scaffold`` (trusted toolchain, configuration read as data), ``project`` (the project's
            own), or ``auto``: scaffold wherever its result is the project's own.
        typecheck: the TypeScript compiler as ``off``, ``note`` or ``gate`` (a type error then fails the build). Unless
            it is off, the term ``types`` is measured.
        ordered: no value of a band may reach that of the next, so that a site which got further never earns less.
        components: terms that answers show although nothing weighs them.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]{0,31}$")
    description: str = Field(default="", max_length=2_000)
    static: StaticRules
    judge: JudgeRules = JudgeRules()
    render_gate: bool = True
    render: RenderMode = "full"
    lane: LaneChoice = "auto"
    typecheck: Literal["off", "note", "gate"] = "off"
    ordered: bool = False
    components: tuple[Term, ...] = ()
    clip: Clip = Clip()
    bands: dict[Band, BandValue]

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        found = [*_bands_are_complete(self), *_weighs_what_is_measured(self), *_clips_within_terms(self)]
        found += [*_notes_do_not_gate(self), *_order_holds(self)]
        if found:
            raise ValueError("; ".join(found))
        return self

    def needs(self, band: Band) -> bool:
        """Whether an evaluation can end in a band."""
        return band is not Band.RENDER_FAILED or self.render_gate

    def range_of(self, term: Term) -> tuple[float, float]:
        """Lowest and highest value of a term, once it is clipped."""
        return self.clip.terms.get(term, TERM_RANGE[term])

    def band_range(self, band: Band) -> tuple[float, float]:
        """Lowest and highest reward of a band."""
        value = self.bands[band]
        ends = [sorted(weight * end for end in self.range_of(term)) for term, weight in value.weights.items()]
        low, high = (round(self.clipped(value.base + sum(end[at] for end in ends)), 6) for at in (0, 1))
        return low, high

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest reward that there can be."""
        ranges = [self.band_range(band) for band in Band if self.needs(band)]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def clipped(self, reward: float) -> float:
        low, high = self.clip.reward or (reward, reward)
        return min(high, max(low, reward))

    @property
    def hash(self) -> str:
        """SHA-256 over everything that can change a number: all but the description."""
        body = self.model_dump(mode="json", exclude={"description"})
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    @property
    def ref(self) -> ProfileRef:
        return ProfileRef(name=self.name, version=self.version, hash=self.hash)


BUILT_IN = ("cascade", "webgen-r1", "webgen-r1-released")
DEFAULT = "cascade"


def parse(text: str, rules: Collection[str] | None = None) -> Profile:
    """Read a profile from TOML.

    Args:
        rules: every rule id that there is; others are refused.

    Raises:
        Unprocessable: naming every wrong key, what is wrong with it and what is allowed.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unprocessable(f"the profile is not valid TOML: {error}") from error
    found = faults(Profile, document, {"rules": rules})
    if isinstance(found, Profile):
        return found
    raise Unprocessable(f"the profile is not valid: {'; '.join(found)}")


def built_in_text(name: str) -> str:
    return resources.files("services.rewards").joinpath("profiles", f"{name}.toml").read_text("utf-8")


def built_in() -> dict[str, Profile]:
    """The profiles that ship with the service, by name."""
    return {name: parse(built_in_text(name)) for name in BUILT_IN}


def _bands_are_complete(profile: Profile) -> Iterator[str]:
    for band in Band:
        if band not in profile.bands and profile.needs(band):
            yield f"bands.{band.value}: is missing; write [bands.{band.value}], be it empty for 0"


def _weighs_what_is_measured(profile: Profile) -> Iterator[str]:
    weighed = [(f"bands.{b.value}.weights.{t.value}", b, t) for b, v in profile.bands.items() for t in v.weights]
    for key, band, term in weighed:
        if band is not Band.RENDERED and term not in MEASURED_IN_LINT:
            allowed = ", ".join(sorted(MEASURED_IN_LINT))
            yield f"{key}: is not measured yet in band {band.value}; allowed are {allowed}"
    for key, term in [(key, term) for key, _, term in weighed] + [("components", term) for term in profile.components]:
        if term is Term.TYPES and profile.typecheck == "off":
            yield f'{key}: weighs types: say typecheck = "note" or "gate", it is "off"'
        if term is Term.INTERACTION and profile.render != "full":
            yield f'{key}: weighs interaction: say render = "full", it is "{profile.render}"'


def _clips_within_terms(profile: Profile) -> Iterator[str]:
    for term, (low, high) in profile.clip.terms.items():
        lowest, highest = TERM_RANGE[term]
        if low < lowest or high > highest:
            yield f"clip.terms.{term.value}: [{low:g}, {high:g}] leaves the term's own range, {lowest:g} to {highest:g}"


def _notes_do_not_gate(profile: Profile) -> Iterator[str]:
    for rule in sorted({*profile.static.gates} & {*(profile.static.notes or ())}):
        yield f"static.notes: {rule!r} is among static.gates too; name it in one of them"


def _order_holds(profile: Profile) -> Iterator[str]:
    ending = [band for band in Band if profile.needs(band) and band in profile.bands] if profile.ordered else []
    for worse, better in pairwise(ending):
        highest, lowest = profile.band_range(worse)[1], profile.band_range(better)[0]
        if highest >= lowest:
            yield (
                f"bands.{worse.value}: reaches {highest:g} and bands.{better.value} begins at {lowest:g}; "
                "with ordered = true each band must end below the next"
            )
