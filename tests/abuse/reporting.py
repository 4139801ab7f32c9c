"""Attacks that tell what they reached: they leave ``report``, an object, for the case's own check."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from tests.abuse.case import configured
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground

_FILE = "report.json"
_PATIENCE = 5.0
_LEAVE = f"""
fs.mkdirSync('public', {{ recursive: true }});
fs.writeFileSync('public/{_FILE}', JSON.stringify(report));
"""
_SAY = "\nconsole.log(JSON.stringify(report)); process.exit(0);\n"


def reporting(code: str) -> dict[str, str]:
    """A small site whose ``vite.config.ts`` runs code, see `case.configured`, that declares ``const report``."""
    return configured(code + _LEAVE)


def report_of(evidence: Evidence) -> dict[str, Any]:
    """The report in the bundle. It is the attack's own word: hold it against the canaries."""
    content = evidence.bundle.get(_FILE)
    assert content is not None, "there is no report in the bundle"
    found: dict[str, Any] = json.loads(content)
    return found


def report_live(ground: Ground, code: str) -> dict[str, Any]:
    """The report of the same code in plain Node, outside of every sandbox."""
    said = ground.javascript(code + _SAY)
    try:
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise AssertionError(f"the attack does not run: {said[-500:]}") from error
    return found


def arrived(ground: Ground, place: str, before: int, calls: int = 1) -> None:
    """Wait until so many calls were counted: a caller may be gone before its call is taken."""
    until = time.monotonic() + _PATIENCE
    while ground.canaries.reached(place) < before + calls:
        assert time.monotonic() < until, f"{place} was not reached"
        time.sleep(0.01)


def holders(files: Mapping[str, bytes], text: str) -> list[str]:
    """Which files have a text in them: as it is, or as a ``data:`` address has it, whatever its place among three
    bytes."""
    coded = [b64encode(b"x" * shift + text.encode())[4:-4] for shift in range(3)]
    return [path for path, content in files.items() if any(form in content for form in (text.encode(), *coded))]
