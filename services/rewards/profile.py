"""A profile: a named, versioned definition of how reports become a reward. A small TOML document.

Every outcome band is a linear form: ``base`` plus the sum of weight x term. Terms are 0 to 1, but for
``appearance``, which is 0 to 5. See `services.rewards.terms` for where each term comes from.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from enum import StrEnum
from importlib import resources
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from services.contract import ProfileRef
from services.errors import Unprocessable


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


MEASURED_IN_LINT = frozenset({Term.GATE_SHARE, Term.STATIC_SHARE, Term.FORMAT, Term.CODE_FORMAT})

RuleIds = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9-]+$", max_length=80)], ...], Field(max_length=200)
]


LaneChoice = Literal["auto", "scaffold", "project"]
RenderMode = Literal["home", "full"]

Weight = Annotated[FiniteFloat, Field(ge=-1e6, le=1e6)]
"""Bounded, so that no sum of weighted terms leaves the finite numbers."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BandValue(Strict):
    """``base + sum(weights[term] * term)``."""

    base: Weight = 0.0
    weights: dict[Term, Weight] = Field(default_factory=dict)


class StaticRules(Strict):
    """Which rules end the cascade, and which make up the two format terms. All other rules are notes."""

    gates: RuleIds
    format: RuleIds
    code_format: RuleIds = ()


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
    bands: dict[Band, BandValue]

    @model_validator(mode="after")
    def _bands_are_complete(self) -> Self:
        missing = [band.value for band in Band if band not in self.bands and self._needs(band)]
        if missing:
            raise ValueError(f"bands without a value: {', '.join(missing)}")
        for band, value in self.bands.items():
            late = [t.value for t in value.weights if band is not Band.RENDERED and t not in MEASURED_IN_LINT]
            if late:
                raise ValueError(f"band {band.value} weighs what is not measured there: {', '.join(late)}")
        return self

    @model_validator(mode="after")
    def _types_are_measured_where_weighed(self) -> Self:
        weighing = [band.value for band, value in self.bands.items() if Term.TYPES in value.weights]
        if weighing and self.typecheck == "off":
            raise ValueError(f'band {weighing[0]} weighs types: say typecheck = "note" or "gate", it is "off"')
        return self

    @model_validator(mode="after")
    def _controls_are_tried_where_weighed(self) -> Self:
        weighing = [band.value for band, value in self.bands.items() if Term.INTERACTION in value.weights]
        if weighing and self.render != "full":
            raise ValueError(f'band {weighing[0]} weighs interaction: say render = "full", it is "{self.render}"')
        return self

    def _needs(self, band: Band) -> bool:
        return band is not Band.RENDER_FAILED or self.render_gate

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


def parse(text: str) -> Profile:
    """Read a profile from TOML.

    Raises:
        Unprocessable: with a message that names every wrong key.
    """
    try:
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Unprocessable(f"the profile is not valid TOML: {error}") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'profile'}: {e['msg']}" for e in error.errors())
        raise Unprocessable(f"the profile is not valid: {problems}") from error


def built_in_text(name: str) -> str:
    return resources.files("services.rewards").joinpath("profiles", f"{name}.toml").read_text("utf-8")


def built_in() -> dict[str, Profile]:
    """The profiles that ship with the service, by name."""
    return {name: parse(built_in_text(name)) for name in BUILT_IN}
