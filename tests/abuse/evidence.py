"""What an evaluation left behind, for a case's own look."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from services.contract import Evaluation, StageReport
from services.stages import Stage
from tests.abuse.canaries import Canaries


@dataclass(frozen=True, slots=True)
class Evidence:
    """Attributes:
    evaluation: as the API answers it.
    texts: name -> content of every artifact; the bundle's files as ``bundle.zip/path``.
    canaries: what must not be found.
    """

    evaluation: Evaluation
    texts: Mapping[str, bytes]
    canaries: Canaries

    @property
    def log(self) -> str:
        """The build log; empty where there was none."""
        return self.texts.get("build.log", b"").decode(errors="replace")

    @property
    def bundle(self) -> dict[str, bytes]:
        """Path -> content of the built site."""
        return {n.removeprefix("bundle.zip/"): c for n, c in self.texts.items() if n.startswith("bundle.zip/")}

    def report(self, stage: Stage) -> StageReport | None:
        return next((report for report in self.evaluation.reports if report.stage is stage), None)

    def names(self, text: str) -> list[str]:
        """Where a text stands: in artifacts by name, in the record as ``record``."""
        needle = text.encode()
        found = [name for name, content in self.texts.items() if needle in content]
        return found + (["record"] if needle in self.evaluation.model_dump_json().encode() else [])


def unpacked(name: str, content: bytes) -> dict[str, bytes]:
    """An artifact, and the files inside where it is an archive of ours."""
    if not name.endswith(".zip"):
        return {name: content}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {f"{name}/{member}": archive.read(member) for member in archive.namelist()}
