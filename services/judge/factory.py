"""From settings to a judge. There is no default and no fall-back."""

from __future__ import annotations

from services.errors import JudgeError
from services.judge.protocol import Judge
from services.settings import JudgeChoice


def make_judge(choice: JudgeChoice, redis: str | None = None) -> Judge:
    """The judge that was chosen. Each body is imported only when chosen: a VLM client costs a second to load.

    Args:
        redis: address of what the judge processes share; without one, nothing limits the calls.

    Raises:
        JudgeError: none was chosen, or the choice is incomplete; says which setting to give.
    """
    match choice.kind:
        case "vlm":
            from services.judge.vlm import VlmJudge

            return VlmJudge(choice, redis)
        case "heuristic":
            from services.judge.heuristic import HeuristicJudge

            return HeuristicJudge()
        case "scripted":
            from services.judge.scripted import ScriptedJudge

            return ScriptedJudge()
        case None:
            raise JudgeError("no judge is chosen: set WEBGEN_JUDGE__KIND to vlm, heuristic or scripted")
