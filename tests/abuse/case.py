"""What one attack is: a hostile rollout, the verdicts that are right for it, and how it can be seen.

Cases live in ``tests/abuse/cases/*.py``, one list ``CASES`` a file. Texts of a case may hold the marks below; they are
replaced before the rollout is sent and before the live proof runs.

    @SECRET_FILE@     absolute path of a file that any user of the machine may read, with the secret in it
    @SECRET_PAGE@     the same of an HTML document of one colour, `tests.abuse.canaries.COLOUR`, with the secret in it
    @SECRET_VARIABLE@ name of a variable in every worker's environment, with the secret in it
    @TOKEN@           a text of this case alone, to leave behind and to look for
    @UNIQUE@          a text of this rollout alone; `site` has it in its page, so that no two are equal
    @ENGINE_SOCKET@, @ABSTRACT_SOCKET@  listening sockets of ours: a path; a name without its leading NUL

The harness and all its processes run in a network namespace of their own. In it, listeners that count connections
are at the real places: 127.0.0.1:6379 (Redis), :8080 (gateway), :5432 (database), :4173 (where a site
believes it lives), 169.254.169.254:80 and
[fd00:ec2::254]:80 (metadata), 127.0.0.53:53 (DNS, UDP and TCP). No packet of a probe can leave the machine. A
connection that no live proof made fails every case that was under way.

The package registry is ours as well (`tests.abuse.registry`): ``vite@0.0.1``, which copies ``index.html``;
``abuse-scripts@0.0.1``, whose lifecycle scripts connect to the database; ``abuse-bin@0.0.1``, whose bin is called
``vite`` and writes EVIL-VITE into what it builds; empty ``react@0.0.1``, ``tailwindcss@4.1.0`` and
``@tailwindcss/vite@4.1.0``, so that a site may declare them. Nothing else can be resolved anew; the scaffold's set is
there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.support.variants import small_site

if TYPE_CHECKING:
    from tests.abuse.evidence import Evidence
    from tests.abuse.ground import Ground

Lane = Literal["auto", "scaffold", "project"]
Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ending:
    """One right verdict.

    Attributes:
        band: the reward's band; ``refused`` where the gateway takes nothing.
        rule: a finding's rule id that must be there; for ``refused``, a text that the refusal must contain.
        limits: limits of which one must have ended the last stage; empty: none may have.
        status: HTTP status of a refusal.
    """

    band: str
    rule: str | None = None
    limits: frozenset[str] = frozenset()
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One attack.

    Attributes:
        id: as in ``manifest.toml``: ``section/name``.
        site: the hostile site's files, path -> text; or the whole completion as a text.
        right: the verdicts of which one must come.
        seconds: the verdict must be there so long after the submission, waiting for its turn included.
        live: shows outside the sandbox, harmlessly, that the attack works; raises `AssertionError` where it does not.
        check: looks at what the evaluation left (reports, logs, bundle); raises `AssertionError`.
        after: a second site, sent when the first has its verdict. It looks for what the first left behind; neither
            ``@TOKEN@`` nor the secret may be in anything that comes of it. It must render.
        followers: how often it is sent, all at once: as many as it takes to come upon the same process.
        lanes: it is sent once through each of these lanes.
        alone: it gets the machine for itself and one neighbour; others are sent a few at a time.
        costs_worker: it may end a process of the worker.
        not_above: its reward may not be above that of the plain site beside it.
    """

    id: str
    site: Files | str
    right: tuple[Ending, ...]
    seconds: float = 60.0
    live: Callable[[Ground], None] | None = None
    check: Callable[[Evidence], None] | None = None
    after: Files | None = None
    followers: int = 1
    lanes: tuple[Lane, ...] = ("auto",)
    alone: bool = False
    costs_worker: bool = False
    not_above: bool = False


def rendered(rule: str | None = None) -> Ending:
    return Ending("rendered", rule)


def build_failed(rule: str | None = None, limits: frozenset[str] | set[str] = frozenset()) -> Ending:
    """A build that failed; with ``limits``, because one of them ended it."""
    return Ending("build-failed", rule, frozenset(limits))


def static_failed(rule: str | None = None) -> Ending:
    return Ending("static-failed", rule)


def no_source(rule: str | None = None) -> Ending:
    return Ending("no-source", rule)


def refused(status: int, naming: str) -> Ending:
    return Ending("refused", naming, status=status)


def site(files: Files | None = None) -> dict[str, str]:
    """The scaffold with a small page, and these files over it."""
    return small_site("@UNIQUE@") | dict(files or {})


def configured(code: str) -> dict[str, str]:
    """A small site whose ``vite.config.ts`` runs code, which no lane but the project's can take.

    ``code`` stands in a module after ``import fs, cp, os, net, path`` of Node and ``react``; it may use ``await``.
    """
    return site({"vite.config.ts": _CONFIG.replace("CODE", code)})


def styled(css: str, files: Files | None = None) -> dict[str, str]:
    """A small site with further lines in its style sheet, ``src/index.css``."""
    plain = small_site("@UNIQUE@")
    return plain | {"src/index.css": plain["src/index.css"] + "\n" + css} | dict(files or {})


def scripted(line: str, files: Files | None = None) -> dict[str, str]:
    """A small site with ``src/attack.ts``, which ``src/App.tsx`` imports as ``stolen`` and shows."""
    page = small_site("@UNIQUE@")["src/App.tsx"].replace("<ul", "<pre>{String(stolen)}</pre><ul", 1)
    return site(
        {"src/App.tsx": "import { stolen } from './attack';\n" + page, "src/attack.ts": line + "\n", **(files or {})}
    )


_CONFIG = """import { defineConfig } from 'vite';
import react from '@vitejs/plugin-react';
import fs from 'node:fs';
import cp from 'node:child_process';
import os from 'node:os';
import net from 'node:net';
import path from 'node:path';
CODE
export default defineConfig({ plugins: [react()] });
"""
