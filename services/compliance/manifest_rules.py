"""Rules on package.json, the Vite configuration and the entry page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.artifact import shown
from services.compliance.model import Fault, Subject

PACKAGE = "package.json"
SCRIPT_NAMES = ("dev", "build", "preview")
CORE = ("react", "react-dom", "vite")
VITE_CONFIGS = ("vite.config.ts", "vite.config.mts")
PAGE = "index.html"

_COMMENT_END = "-->"
_SCRIPT = re.compile(r"<script(?=[\s>])([^<>]*+)>", re.IGNORECASE)
_TYPE = re.compile(r"\btype\s{0,20}=\s{0,20}[\"']?module\b", re.IGNORECASE)
_SRC = re.compile(r"(?<![\w-])src\s{0,20}=\s{0,20}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))", re.IGNORECASE)


def package_json(subject: Subject) -> Iterator[Fault]:
    package = subject.package
    if isinstance(package, Fault):
        yield package
        return
    for key in ("name", "version"):
        if not isinstance(package.get(key), str) or not package[key].strip():
            yield Fault(f"package.json has no {key}.", PACKAGE)
    for key in ("dependencies", "devDependencies"):
        value = package.get(key)
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            yield Fault(f"package.json has no {key} that map names to version ranges.", PACKAGE)


def scripts(subject: Subject) -> Iterator[Fault]:
    written = subject.package_map("scripts")
    for name in SCRIPT_NAMES:
        command = written.get(name)
        if not isinstance(command, str) or not command.strip():
            yield Fault(f"package.json has no script {name}.", PACKAGE)


def core_dependencies(subject: Subject) -> Iterator[Fault]:
    for name in CORE:
        if name not in subject.declared:
            yield Fault(f"package.json declares no {name}.", PACKAGE)


def vite_config(subject: Subject) -> Iterator[Fault]:
    if not any(path in subject.files for path in VITE_CONFIGS):
        yield Fault("vite.config.ts is missing (vite.config.mts passes, JavaScript does not).")


def entry_point(subject: Subject) -> Iterator[Fault]:
    page = subject.files.get(PAGE)
    if page is None:
        yield Fault("index.html is missing.")
        return
    sources = module_scripts(page)
    if not sources:
        yield Fault('index.html has no <script type="module" src="…">.', PAGE)
    elif not any(_resolves(subject, source) for source in sources):
        yield Fault(f"index.html loads {shown(sources[0])}, which is no file of the site.", PAGE)


def _resolves(subject: Subject, source: str) -> bool:
    rooted = source if source.startswith((".", "/")) else "/" + source
    path = subject.resolver.local(rooted, PAGE)
    return path is not None and subject.resolver.find(path) is not None


def module_scripts(page: str) -> list[str]:
    """``src`` of every module script of a page, comments left out."""
    tags = _SCRIPT.finditer(_without_comments(page))
    sources = (_SRC.search(tag[1]) for tag in tags if _TYPE.search(tag[1]))
    return [source[1] or source[2] or source[3] or "" for source in sources if source]


def _without_comments(page: str) -> str:
    first, *rest = page.split("<!--")
    return first + "".join(part.partition(_COMMENT_END)[2] for part in rest)
