"""Which model names are aliases: the same name, another model tomorrow. Pure, by the name and the address alone.

A grade is worth comparing only with grades of the same model, so an alias is refused unless the operator allows it.
By the first rule that applies:

1. A name that ends in a moving word (``…-latest``, ``…:latest``, ``openrouter/auto``) is an alias.
2. A name with a date or a revision (``gpt-4o-2024-08-06``, ``claude-…-20250805``, ``gpt-4-0613``, ``…-002``) is pinned.
3. A name that says how many parameters the model has (``Qwen/Qwen2.5-VL-7B-Instruct``, ``gpt-oss-20b``) is that of
   weights, and pinned by who serves them.
4. A name of a family that its maker serves and moves (``gpt-``, ``claude-``, ``gemini-`` …), and any other name at
   OpenAI's own address, is an alias.
5. Whatever is left is a name that an operator gave, and pinned by that operator.

No name proves anything: an operator can serve other weights under the same name, and a maker can move a dated one.
So every report records the name that the server returned as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from services.errors import JudgeError

OPENAI_HOST = "api.openai.com"

_MOVING = re.compile(r"(^|[-:@/._])(latest|auto|default|current|stable)$")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}|(?<!\d)20\d{6}(?!\d)|[-@](\d{4}|\d{3}|\d{2}-\d{2,4})(?!\d)(?!-?[kb]\b)")
_WEIGHTS = re.compile(r"(?<![a-z0-9.])(\d+x)?\d+(\.\d+)?b(?![a-z0-9])")
_MOVED = re.compile(r"(gpt|chatgpt|o\d|claude|gemini|grok|mistral|pixtral|command|qwen-vl|nova)(?![a-z])")


def is_alias(model: str, base_url: str | None) -> bool:
    """Whether the name may stand for another model tomorrow; without an address, OpenAI's."""
    name = model.strip().lower()
    if _MOVING.search(name):
        return True
    if _DATED.search(name) or _WEIGHTS.search(name):
        return False
    own = name.removeprefix("ft:").rsplit("/", 1)[-1]
    return bool(_MOVED.match(own)) or host(base_url) == OPENAI_HOST


def host(base_url: str | None) -> str:
    """The server's name in lower case, without port, path or credentials; OpenAI's where there is no address."""
    if base_url is None:
        return OPENAI_HOST
    try:
        return (urlsplit(base_url).hostname or "").lower()
    except ValueError:
        return ""


def chosen(model: str | None, panel: Sequence[str], base_url: str | None, *, allow_aliases: bool) -> tuple[str, ...]:
    """The models that grade, the chosen one first.

    Raises:
        JudgeError: there is none, one is named twice, or one is an alias; says which setting to change.
    """
    if not model:
        raise JudgeError("the VLM judge needs a model: set WEBGEN_JUDGE__MODEL")
    models = (model, *panel)
    if not all(models) or len(set(models)) < len(models):
        raise JudgeError("a judge of the panel is named twice or not at all: see WEBGEN_JUDGE__PANEL")
    aliases = [name for name in models if is_alias(name, base_url)]
    if aliases and not allow_aliases:
        raise JudgeError(
            f"{', '.join(aliases)} may stand for another model tomorrow: name a dated version in WEBGEN_JUDGE__MODEL, "
            "or set WEBGEN_JUDGE__ALLOW_ALIASES=true"
        )
    return models
