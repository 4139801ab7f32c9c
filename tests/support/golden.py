"""Golden rollouts: completions as a model writes them, and where each must end. See tests/rollouts/README.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.contract import Status
from services.rewards.profile import BUILT_IN
from services.stages import Stage

ROLLOUTS = Path(__file__).resolve().parent.parent / "rollouts"
"""One folder per rollout: instruction.txt, completion.txt, expected.toml."""

RULE = r"^[a-z]+/[a-z0-9-]+$"
_FILE = re.compile(
    r'<(?:web|bolt)Action type="file" filePath="(src/[^"]+)">\n(.*?)(?=</(?:web|bolt)Action>|\Z)', re.DOTALL
)

Rule = Annotated[str, Field(pattern=RULE)]


class Expected(BaseModel):
    """How one golden rollout must end. Anything unknown in the file is an error.

    Attributes:
        stage: the last stage that runs under the profile ``cascade``.
        passed: whether that stage passed.
        findings: rule ids that the evaluation must have, in any stage.
        absent_findings: rule ids that it must not have.
        status: ``scored`` for all that the candidate answers for.
        reward: profile -> (lowest, highest) reward when submitted under that profile, both ends included.
        facts: facts of the stage reports that must have these values; `fact` says what a dot in a name means.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    stage: str = Field(pattern=f"^({'|'.join(Stage)})$")
    passed: bool
    findings: list[Rule]
    absent_findings: list[Rule]
    status: str = Field(pattern=f"^({'|'.join(Status)})$")
    reward: Mapping[str, Annotated[list[float], Field(min_length=2, max_length=2)]]
    facts: Mapping[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rewards_are_ranges_of_every_profile(self) -> Expected:
        if set(self.reward) != set(BUILT_IN):
            raise ValueError(f"[reward] must name exactly {', '.join(BUILT_IN)}")
        for profile, (low, high) in self.reward.items():
            if low > high:
                raise ValueError(f"the range of {profile} is upside down")
        return self

    @property
    def is_site(self) -> bool:
        """Whether this rollout is a site that renders and is judged."""
        return self.stage == Stage.JUDGE.value and self.passed


@dataclass(frozen=True, slots=True)
class Golden:
    """One golden rollout; ``name`` is its folder's."""

    name: str
    instruction: str
    completion: str
    expected: Expected

    def source_files(self) -> dict[str, str]:
        """Path -> text of what stands under ``src/``, by a plain reading of the completion's file actions."""
        return dict(_FILE.findall(self.completion))


def fact(facts: Mapping[str, Any], name: str) -> Any:
    """The named fact, None where there is none; a dot leads into a fact that is a table (``interaction.dead``)."""
    value: Any = facts
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def load(folder: Path) -> Golden:
    """Read one folder.

    Raises:
        OSError: one of the three files is not there.
        tomllib.TOMLDecodeError, pydantic.ValidationError: expected.toml says what it may not say.
    """
    expected = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    return Golden(
        name=folder.name,
        instruction=(folder / "instruction.txt").read_text(encoding="utf-8").strip(),
        completion=(folder / "completion.txt").read_text(encoding="utf-8"),
        expected=Expected.model_validate(expected),
    )


def load_all(root: Path = ROLLOUTS) -> list[Golden]:
    """Every golden rollout, by name."""
    return [load(folder) for folder in sorted(root.iterdir()) if folder.is_dir()]
