"""Scripts that import what lies outside the site. No code of theirs runs at build time: the bundler is to fetch it.

In the scaffold lane one guard refuses whatever exists outside the job and its set. In the project lane nothing is there
but what the sandbox itself has for everybody, so what it finds is worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from services.stages import Stage
from tests.abuse.case import Case, Ending, Lane, build_failed, rendered, scripted
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.abuse.reporting import holders

BOTH: tuple[Lane, ...] = ("scaffold", "project")
SOMEWHERE_ABOVE = "../../../../../../../.."
SECRET = f"{SOMEWHERE_ABOVE}@SECRET_FILE@"

REFUSED = build_failed("build/outside-file")
UNRESOLVED: tuple[Ending, ...] = (REFUSED, build_failed("build/unresolved-import"), build_failed("build/error"))

IMPORT = "export const stolen = import(`ADDRESS`).then((module) => module.default);"
"""Bundlers read a template without holes; the static rules, which would end a plain import before any build, do not."""

ENVIRON = IMPORT.replace("ADDRESS", "/proc/self/environ?raw")
RAW = IMPORT.replace("ADDRESS", f"{SECRET}?raw")
URL = IMPORT.replace("ADDRESS", f"{SECRET}?url")
GLOB = f"""
const above = import.meta.glob('{SOMEWHERE_ABOVE}/{{tmp,var,run,home,opt,sets}}/**/secret.txt',
  {{ query: '?raw', import: 'default', eager: true }});
const named = import.meta.glob(['{SECRET}', '{SOMEWHERE_ABOVE}/proc/self/environ', '{SOMEWHERE_ABOVE}/etc/p*d'],
  {{ query: '?raw', import: 'default', eager: true }});
export const stolen = 'globbed: ' + JSON.stringify({{ ...above, ...named }});"""
NAMED_GLOB = GLOB.replace("/{tmp,var,run,home,opt,sets}/**/secret.txt", "@SECRET_FILE@")
"""A proof outside does not search the whole machine."""

NEW_URL = f"""
const addresses = [new URL('{SECRET}', import.meta.url), new URL('{SOMEWHERE_ABOVE}/etc/passwd', import.meta.url)];
export const stolen = addresses.join(' ');"""


def inlines(line: str) -> Callable[[Ground], None]:
    """The proof that plain Vite puts the secret into what it builds."""

    def live(ground: Ground) -> None:
        built = ground.build(scripted(line))
        assert holders(built, ground.canaries.secret), built["build.log"].decode(errors="replace")[-500:]

    return live


def nothing_came_in(evidence: Evidence) -> None:
    """Neither the worker's variables nor, in the scaffold lane, anything at all of the machine."""
    assert not holders(evidence.bundle, evidence.canaries.secret)
    assert not evidence.names("redis+socket")
    if _lane(evidence) == "scaffold":
        assert not holders(evidence.bundle, "candidate:x:1000")
        assert not holders(evidence.bundle, "NODE_ENV=production")


def _lane(evidence: Evidence) -> object:
    report = evidence.report(Stage.BUILD)
    return report.facts.get("lane") if report else None


def importing(name: str, line: str, right: tuple[Ending, ...], proof: str = "") -> Case:
    live = inlines(proof or line)
    return Case(f"build/{name}", scripted(line), right, live=live, check=nothing_came_in, lanes=BOTH)


CASES = [
    importing("script-raw-proc-environ", ENVIRON, (REFUSED, rendered())),
    importing("script-raw-sibling", RAW, UNRESOLVED),
    importing("script-url-sibling", URL, UNRESOLVED),
    importing("glob-outside", GLOB, (REFUSED, rendered()), proof=NAMED_GLOB),
    importing("new-url-outside", NEW_URL, (REFUSED, rendered())),
]
