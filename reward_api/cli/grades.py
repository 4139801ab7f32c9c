"""People's grades: JSON lines, one grading each, put together by site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reward_api.cli.intake import IntakeError
from services.judge.protocol import CRITERIA

APPEARANCE, OVERALL = "appearance", "overall"
SCALES = (APPEARANCE, *CRITERIA, OVERALL)
"""What is compared: the mean of the four criteria, each of them, and the overall grade."""

Grade = Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)]


class Grading(BaseModel):
    """One person's grades of one site, 0 to 5.

    Attributes:
        evaluation: its id; or
        rollout: the rollout's id in the run that the command names.
        rater: who graded.
        criteria: any of the four.
        overall: the whole.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    evaluation: str | None = None
    rollout: str | None = None
    rater: str | None = None
    criteria: dict[str, Grade] = Field(default_factory=dict)
    overall: Grade | None = None

    @model_validator(mode="after")
    def _says_something_of_a_site(self) -> Grading:
        if (self.evaluation is None) == (self.rollout is None):
            raise ValueError("name the site by either evaluation or rollout")
        if unknown := sorted(set(self.criteria) - set(CRITERIA)):
            raise ValueError(f"no criterion is called {unknown[0]!r}; there are {', '.join(CRITERIA)}")
        if not self.criteria and self.overall is None:
            raise ValueError("there is no grade: give criteria, overall or both")
        return self

    def scales(self) -> dict[str, float]:
        """Scale -> grade. Appearance needs all four criteria."""
        found = dict(self.criteria) | ({} if self.overall is None else {OVERALL: self.overall})
        return found | ({APPEARANCE: fmean(self.criteria.values())} if len(self.criteria) == len(CRITERIA) else {})


@dataclass(frozen=True, slots=True)
class Site:
    """What people said of one site: the mean over raters by scale. ``name``: as in the file."""

    evaluation: str | None
    rollout: str | None
    grades: Mapping[str, float]
    raters: int

    @property
    def name(self) -> str:
        return self.evaluation or self.rollout or ""


def read_grades(path: Path) -> list[Site]:
    """Every site that a file names, in the order of its first grading.

    Raises:
        IntakeError: the file cannot be read or a line is no grading; names the line.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise IntakeError(f"{path} cannot be read: {error}") from error
    gradings = [_read(line, f"{path.name} line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not gradings:
        raise IntakeError(
            f"{path} holds no grades: give JSON lines with evaluation or rollout, and criteria or overall"
        )
    return combined(gradings)


def combined(gradings: Iterable[Grading]) -> list[Site]:
    """Gradings of one site as one."""
    by_site: dict[tuple[str | None, str | None], list[Grading]] = defaultdict(list)
    for grading in gradings:
        by_site[grading.evaluation, grading.rollout].append(grading)
    return [Site(*place, _means(found), len(found)) for place, found in by_site.items()]


def _means(gradings: Sequence[Grading]) -> dict[str, float]:
    given: dict[str, list[float]] = defaultdict(list)
    for grading in gradings:
        for scale, grade in grading.scales().items():
            given[scale].append(grade)
    return {scale: fmean(given[scale]) for scale in SCALES if scale in given}


def _read(line: str, where: str) -> Grading:
    try:
        return Grading.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise IntakeError(f"{where}: {f'{key}: ' if key else ''}{first['msg']}") from error
