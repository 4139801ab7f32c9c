"""Whose fault it is that a model gave no readable grade."""

from __future__ import annotations

from collections.abc import Sequence

from services.contract import Finding
from services.errors import JudgeError
from services.judge.control import control_instruction, control_shot
from services.judge.protocol import Sample, Shot
from services.judge.session import Session
from services.judge.shots import png_size, refused


async def blame(session: Session, instruction: str, shots: Sequence[Shot], reasons: Sequence[str]) -> Finding:
    """The candidate's finding where control shots are graded: as many, as large, under as long an instruction, so
    that a server's bound on any of these is not taken for the candidate's fault.

    Args:
        shots: as they were sent.
        reasons: why the answers could not be read.

    Raises:
        JudgeError: the control shot got no grade either.
    """
    why = "; ".join(sorted(set(reasons)))
    controls = tuple(control_shot(*png_size(shot.png)) for shot in shots)
    control = await session.ask(control_instruction(len(instruction)), controls)
    if isinstance(control, Sample):
        return refused(f"{session.asked} refused twice, while it graded a control shot ({why})")
    raise JudgeError(f"the judge graded neither the candidate's shots ({why}) nor a control shot ({control.why})")
