"""`webgen-r1-released` against the published rules, written down here a second time, over generated completions.

The reference follows the notes on the published code: a static check that is also the code format, a format rule that
is a regular expression with MULTILINE, and three terms that are simply added.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.artifact import overlay, parse
from services.compliance import check
from services.rewards.decide import Reward, decide
from services.rewards.profile import built_in
from services.stages import Stage
from tests.support.journeys import PATIENT, Journey, report

RELEASED = built_in()["webgen-r1-released"]
PUBLISHED_FORMAT = re.compile(r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$", re.DOTALL | re.MULTILINE)

PACKAGE: dict[str, Any] = {
    "name": "site",
    "version": "1.0.0",
    "scripts": {"dev": "vite", "build": "vite build", "preview": "vite preview"},
    "dependencies": {"react": "^18.0.0", "react-dom": "^18.0.0"},
    "devDependencies": {"vite": "^5.0.0"},
}
HOME = "export default function Home() {\n  return <h1>Home</h1>;\n}\n"


@dataclass(frozen=True)
class Answer:
    """A completion by its parts."""

    package: dict[str, Any] | None = field(default_factory=lambda: PACKAGE)
    files: dict[str, str] = field(
        default_factory=lambda: {"vite.config.ts": "export default {};\n", "src/pages/H.tsx": HOME}
    )
    install: str | None = "npm install"
    start: str | None = "npm run dev"
    attributes: str = 'id="site" title="A site"'
    frame: tuple[str, str, str] = ("<think>\nA home page.\n</think>\n<answer>\n", "\n</answer>", "")

    def text(self) -> str:
        package = {} if self.package is None else {"package.json": json.dumps(self.package)}
        files = {"tsconfig.json": "{}", "index.html": "<div id=root></div>", **package, **self.files}
        actions = [f'<webAction type="file" filePath="{path}">\n{text}</webAction>' for path, text in files.items()]
        commands = (("shell", self.install), ("start", self.start))
        actions += [f'<webAction type="{kind}">{text}</webAction>' for kind, text in commands if text is not None]
        opening, closing, after = self.frame
        return f"{opening}<webArtifact {self.attributes}>\n" + "\n".join(actions) + f"\n</webArtifact>{closing}{after}"

    def code_format(self) -> bool:
        """As the notes state it, item by item."""
        package = self.package or {}
        declared = {**package.get("dependencies", {}), **package.get("devDependencies", {})}
        components = [text for path, text in self.files.items() if is_component(path)]
        return (
            "id=" in self.attributes
            and "title=" in self.attributes
            and {"name", "version", "scripts", "dependencies", "devDependencies"} <= set(package)
            and {"dev", "build", "preview"} <= set(package["scripts"])
            and {"react", "react-dom", "vite"} <= set(declared)
            and "vite.config.ts" in self.files
            and bool(components)
            and all("export default " in text for text in components)
            and "npm install" in (self.install or "")
            and ("npm run dev" in (self.start or "") or "npm run start" in (self.start or ""))
        )


def is_component(path: str) -> bool:
    return path.startswith(("src/pages/", "src/components/")) and path.endswith(".tsx")


def expected(answer: Answer, built: bool, grade: int) -> float:
    """Appearance x 1.0 + code format x 0.1 + format x 0.1, appearance 0 for what fails the check or does not start."""
    code, formed = answer.code_format(), PUBLISHED_FORMAT.match(answer.text()) is not None
    appearance = grade if code and built else 0
    return appearance + 0.1 * code + 0.1 * formed


def journey(answer: Answer, built: bool, rendered: bool, grade: int) -> Journey:
    parsed = parse(answer.text())
    static = check(parsed, overlay(parsed)).results
    sample = {"criteria": {"rendering": 1.0}, "overall": float(grade)}
    found = (
        report(Stage.LINT, static=static),
        report(Stage.RESOLVE),
        report(Stage.BUILD, built),
        report(Stage.RENDER, rendered, shot=True, functional=False),
        report(Stage.JUDGE, samples=[sample]),
    )
    return {item.stage: item for item in found}


def earned(answer: Answer, built: bool = True, rendered: bool = True, grade: int = 4) -> float:
    decision = decide(RELEASED, journey(answer, built, rendered, grade))
    assert isinstance(decision, Reward)
    return decision.value


def without(key: str) -> Answer:
    return Answer(package={name: value for name, value in PACKAGE.items() if name != key})


def within(key: str, value: dict[str, str]) -> Answer:
    return Answer(package={**PACKAGE, key: value})


def filed(**files: str) -> Answer:
    return Answer(files={path.replace("__", "/").replace("_", "."): text for path, text in files.items()})


def framed(opening: str, closing: str = "\n</answer>", after: str = "") -> Answer:
    return Answer(frame=(opening, closing, after))


SOUND = "<think>\nA home page.\n</think>\n<answer>\n"
CASES: dict[str, tuple[Answer, float]] = {
    "everything": (Answer(), 4.2),
    "no id": (Answer(attributes='title="A site"'), 0.1),
    "no title": (Answer(attributes='id="site"'), 0.1),
    "no package.json": (Answer(package=None), 0.1),
    "no name": (without("name"), 0.1),
    "no version": (without("version"), 0.1),
    "no scripts": (without("scripts"), 0.1),
    "no dependencies": (without("dependencies"), 0.1),
    "no devDependencies": (without("devDependencies"), 0.1),
    "all in one map": (within("dependencies", {"react": "1", "react-dom": "1", "vite": "1"}), 4.2),
    "no react": (within("dependencies", {"react-dom": "1"}), 0.1),
    "no vite": (within("devDependencies", {"typescript": "5"}), 0.1),
    "no preview": (within("scripts", {"dev": "vite", "build": "vite build"}), 0.1),
    "vite.config.js": (filed(vite_config_js="", src__pages__H_tsx=HOME), 0.1),
    "vite.config.mts": (filed(vite_config_mts="", src__pages__H_tsx=HOME), 0.1),
    "no component": (filed(vite_config_ts="", src__App_tsx=HOME), 0.1),
    "a page in JavaScript": (filed(vite_config_ts="", src__pages__H_jsx=HOME), 0.1),
    "one component without": (
        filed(vite_config_ts="", src__pages__H_tsx=HOME, src__components__B_tsx="export const B = 1;\n"),
        0.1,
    ),
    "components alone": (filed(vite_config_ts="", src__components__B_tsx=HOME), 4.2),
    "a default under another name": (
        filed(vite_config_ts="", src__pages__H_tsx="const H = () => 1;\nexport { H as default };\n"),
        0.1,
    ),
    "the words in a comment": (filed(vite_config_ts="", src__pages__H_tsx="// export default nothing\n"), 4.2),
    "no install": (Answer(install=None), 0.1),
    "npm ci": (Answer(install="npm ci"), 0.1),
    "npm i": (Answer(install="npm i"), 0.1),
    "install among others": (Answer(install="cd site && npm install --force"), 4.2),
    "no start": (Answer(start=None), 0.1),
    "npm start": (Answer(start="npm start"), 0.1),
    "npm run start": (Answer(start="npm run start"), 4.2),
    "no think": (framed("<answer>\n"), 4.1),
    "no answer": (framed("<think>\nA home page.\n</think>\n", closing=""), 4.1),
    "tags in one line": (framed("<think>A home page.</think><answer>"), 4.1),
    "no break after think": (framed("<think>A home page.\n</think>\n<answer>\n"), 4.1),
    "a blank line between": (framed("<think>\nA home page.\n</think>\n\n<answer>\n"), 4.1),
    "text before": (framed(f"Sure!\n{SOUND}"), 4.1),
    "text after on further lines": (framed(SOUND, after="\nI hope that you like it."), 4.2),
    "text after in the same line": (framed(SOUND, after=" Done."), 4.1),
    "a space at the end": (framed(SOUND, after=" "), 4.1),
    "no end": (framed(SOUND, closing=""), 4.1),
}


@pytest.mark.parametrize(("answer", "reward"), CASES.values(), ids=CASES)
def test_case_by_case(answer: Answer, reward: float) -> None:
    assert earned(answer) == pytest.approx(reward)
    assert expected(answer, True, 4) == pytest.approx(reward)


def test_a_site_that_does_not_build_keeps_its_two_format_terms() -> None:
    assert earned(Answer(), built=False) == 0.2
    assert earned(framed("<answer>\n"), built=False) == 0.1


def test_a_blank_page_is_judged_like_any_other() -> None:
    assert earned(Answer(), rendered=False, grade=1) == 1.2


def test_prose_earns_its_format_alone() -> None:
    parsed = parse(f"{SOUND}I cannot.\n</answer>")
    decision = decide(RELEASED, {Stage.LINT: report(Stage.LINT, False, static=check(parsed, overlay(parsed)).results)})
    assert isinstance(decision, Reward)
    assert decision.value == 0.1


KEYS = st.sets(st.sampled_from(sorted(PACKAGE)), max_size=1)
COMMANDS = st.sampled_from(
    (None, "npm install", "npm ci", "npm i", "npm run dev", "npm run start", "npm start", "yarn")
)
SOURCES = st.sampled_from((HOME, "export const A = 1;\n", "// export default x\n", "export { A as default };\n"))
PATHS = st.sampled_from(
    ("src/pages/A.tsx", "src/components/b/C.tsx", "src/App.tsx", "src/pages/D.jsx", "src/pages.tsx")
)
CONFIGS = st.sampled_from(("vite.config.ts", "vite.config.mts", "vite.config.js"))
PIECES = st.sampled_from(("<think>", "</think>", "<answer>", "</answer>", "\n", "\n\n", " ", "thought", "\r\n"))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    gone = draw(KEYS)
    package = {name: value for name, value in PACKAGE.items() if name not in gone}
    files = {draw(CONFIGS): "export default {};\n", **draw(st.dictionaries(PATHS, SOURCES, max_size=3))}
    attributes = draw(st.sampled_from(('id="a" title="b"', 'id="a"', 'title="b"')))
    start = draw(st.sampled_from(("npm run dev", "npm run start", "npm start", None)))
    whole = Answer(package, files, draw(COMMANDS), start, attributes)
    return whole if draw(st.booleans()) else replace(whole, frame=draw(frames()))


@st.composite
def frames(draw: st.DrawFn) -> tuple[str, str, str]:
    opening = draw(st.just(SOUND) | st.lists(PIECES, max_size=8).map("".join))
    return (
        opening,
        draw(st.sampled_from(("\n</answer>", "</answer>", "\n"))),
        draw(st.lists(PIECES, max_size=3).map("".join)),
    )


@PATIENT
@given(answers(), st.booleans(), st.booleans(), st.integers(0, 5))
def test_over_generated_completions(answer: Answer, built: bool, rendered: bool, grade: int) -> None:
    if parse(answer.text()).files:  # an artifact inside an unclosed think block is none to us
        assert earned(answer, built, rendered, grade) == pytest.approx(expected(answer, built, grade))


@PATIENT
@given(st.lists(PIECES, max_size=14).map("".join))
def test_the_format_rule_is_the_published_expression(text: str) -> None:
    assert parse(text).on_lines == (PUBLISHED_FORMAT.match(text) is not None)
