"""Our own scripts, and how they are run in a page: in an isolated world over the protocol, so that what the page
has replaced (prototypes, timers, `console`) does not reach them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

SCRIPTS = (
    "guard",
    "refusals",
    "lacks",
    "steady",
    "facts",
    "finish",
    "press",
    "scroll",
    "cover",
    "axe",
    "survey",
    "aim",
    "spot",
    "field",
    "consent",
    "words",
    "drawn",
)
ATTEMPTS = 30
"""A page that loads another document takes a running script with it; `traffic.MAX_DOCUMENTS` bounds how often."""

_OR_NULL = "(ask) => { try { return ask() ?? null } catch { return null } }"

_DOCUMENT_GONE = re.compile(
    r"navigated|context was destroyed|Cannot find context|No frame (for|with) given id|uniqueContextId"
)


@cache
def script(name: str) -> str:
    """One of our scripts: a function expression that takes one argument."""
    module = resources.files("render_worker").joinpath("scripts", f"{name}.js").read_text("utf-8")
    return module.replace("export default ", "", 1).strip()


def call(name: str, options: dict[str, Any]) -> str:
    """An expression that calls the script with the options."""
    return f"({script(name)})({json.dumps(options)})"


def guard(options: dict[str, Any]) -> str:
    """An expression that runs the guard, together with its parts that know what our refusals and lacks cause."""
    return f"({script('guard')})({json.dumps(options)}, {script('refusals')}, {script('lacks')}, {script('drawn')})"


async def run(session: CDPSession, name: str, options: dict[str, Any], before: str = "") -> object:
    """Run a script in the page's present document and wait for its answer, a JSON value.

    Args:
        before: what is run before it in the same world.

    Returns:
        None where the script failed, or where no document stayed long enough.

    Raises:
        PlaywrightError: the page or the browser is gone. There is no time limit here: see `render_worker.patience`.
    """
    return await _persistent(session, f"{before}\n;{call(name, options)}")


async def run_all(session: CDPSession, scripts: Mapping[str, dict[str, Any]]) -> dict[str, object]:
    """Run scripts that do not wait, one after another within one instant of one document. Returns and raises as `run`,
    for each of them."""
    calls = ", ".join(f"{json.dumps(name)}: one(() => {call(name, options)})" for name, options in scripts.items())
    told = await _persistent(session, f"{{ const one = {_OR_NULL}; ({{ {calls} }}) }}")
    return {name: told.get(name) if isinstance(told, dict) else None for name in scripts}


async def _persistent(session: CDPSession, expression: str) -> object:
    for _ in range(ATTEMPTS):
        try:
            return await _evaluate(session, expression)
        except PlaywrightError as error:
            if not _DOCUMENT_GONE.search(str(error)):
                raise
    return None


async def _evaluate(session: CDPSession, expression: str) -> object:
    frame = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    world = await session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "measure"})
    answer = await session.send(
        "Runtime.evaluate",
        {
            "expression": expression,
            "contextId": world["executionContextId"],
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    return None if "exceptionDetails" in answer else answer["result"].get("value")
