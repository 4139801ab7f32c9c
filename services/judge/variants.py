"""Which judges one set-up can be asked for: other models that the operator allows, other versions of the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.settings import JudgeChoice


@dataclass(frozen=True, slots=True)
class Variant:
    """A judge that callers may ask for.

    Attributes:
        model: as callers name it, which is then asked alone; None for the judge as it is set up, panel included.
        prompt: version of its prompt.
        choice: what `services.judge.factory.make_judge` makes it from.
    """

    model: str | None
    prompt: str
    choice: JudgeChoice


def variants(choice: JudgeChoice) -> Iterator[Variant]:
    """Every variant, the judge as it is set up first. None but for a VLM: the other kinds have nothing to choose."""
    if choice.kind != "vlm":
        return
    from services.judge.prompt import PROMPT_VERSION, prompts  # loads the client's types

    standard = choice.prompt or PROMPT_VERSION
    for prompt in sorted(prompts(), key=lambda name: name != standard):
        for model in (None, *named_models(choice)):
            changed = {"prompt": prompt} | ({} if model is None else {"model": model, "panel": ()})
            yield Variant(model, prompt, choice.model_copy(update=changed))


def named_models(choice: JudgeChoice) -> tuple[str, ...]:
    """Models that callers may name, each once: the judge's own, those of its panel and those of ``rejudge_models``."""
    own = (choice.model,) if choice.model else ()
    return tuple(dict.fromkeys((*own, *choice.panel, *choice.rejudge_models)))
