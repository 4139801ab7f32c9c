"""Attacks by what is sent: paths, sizes, nesting."""

from __future__ import annotations

import errno
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.abuse.case import Case, Ending, Files, no_source, refused, rendered, scripted, site, static_failed
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.support.variants import completion, small_site

UNSAFE, LIMIT, COLLISION = "parse/unsafe-path", "parse/limit", "parse/path-collision"
CAFE = "src/caf\N{LATIN SMALL LETTER E WITH ACUTE}.ts"


def beside(path: str, text: str = "export default '@TOKEN@';") -> Files:
    """A sound site and one more file of this path."""
    return site({path: text})


def artifact(inner: str) -> str:
    return f'<think>It is an artifact.</think><answer><webArtifact id="a" title="b">{inner}</webArtifact></answer>'


def many_files(count: int) -> str:
    return completion(small_site("@UNIQUE@") | {f"src/f/{number}.ts": "" for number in range(count)})


def large_file(size: int) -> str:
    return completion(small_site("@UNIQUE@") | {"src/large.ts": "// a line of the large file\n" * (size // 28)})


def entities(levels: int) -> str:
    """An SVG whose text is ten to the power of ``levels`` letters."""
    names = [f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(levels)]
    kinds = f'<!DOCTYPE svg [<!ENTITY e0 "x">{"".join(names)}]>'
    return f'{kinds}<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&e{levels};</text></svg>'


BOMB = scripted("import bomb from '/bomb.svg?url';\nexport const stolen = bomb;", {"public/bomb.svg": entities(9)})
BOMB["src/App.tsx"] = BOMB["src/App.tsx"].replace("<ul", '<img src="/bomb.svg" alt="" /><ul', 1)


def written_to(path: str) -> Callable[[Ground], None]:
    """A plain writer lays a file of this path outside of its folder."""

    def live(ground: Ground) -> None:
        home = ground.folder / "deep" / "site"
        home.mkdir(parents=True)
        target = home / path.replace("/webgen-abuse", str(ground.folder / "abuse"))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(ground.canaries.token)
        assert not Path(target).resolve().is_relative_to(home), "the file stayed inside"

    return live


def one_after_normalization(_: Ground) -> None:
    twin = unicodedata.normalize("NFD", CAFE)
    assert twin != CAFE
    assert unicodedata.normalize("NFC", twin) == CAFE


def no_file_system_takes_it(ground: Ground) -> None:
    with pytest.raises(OSError) as refusal:
        (ground.folder / ("n" * 4_096)).write_text("")
    assert refusal.value.errno == errno.ENAMETOOLONG


def entities_multiply(_: Ground) -> None:
    text = ElementTree.fromstring(entities(3)).findtext(".//{*}text")  # noqa: S314  (a thousand letters, ours)
    assert text == "x" * 1_000


def stays_inside(evidence: Evidence) -> None:
    """Every path that was taken is plain."""
    for path in json.loads(evidence.texts.get("source.json", b"{}")):
        assert path.isprintable(), repr(path)
        assert not path.startswith("/"), path
        assert ".." not in path.split("/"), path


CASES = [
    Case(
        "intake/parent-path",
        beside("../../escaped-@TOKEN@.txt"),
        (static_failed(UNSAFE),),
        live=written_to("../../escaped.txt"),
        check=stays_inside,
    ),
    Case(
        "intake/absolute-path",
        beside("/webgen-abuse/@TOKEN@.txt"),
        (static_failed(UNSAFE),),
        live=written_to("/webgen-abuse/file.txt"),
        check=stays_inside,
    ),
    Case("intake/nul-in-path", completion(beside("src/a\0.ts")), (refused(422, "NUL"),)),
    Case("intake/nul-entity-in-path", beside("src/a&#0;.ts"), (static_failed(UNSAFE), rendered()), check=stays_inside),
    Case(
        "intake/crlf-in-path",
        beside("src/a\r\nSet-Cookie: b.ts"),
        (static_failed(UNSAFE), rendered("parse/repaired-tag")),
        check=stays_inside,
    ),
    Case(
        "intake/unicode-collision",
        site({CAFE: "export const a = 1;", unicodedata.normalize("NFD", CAFE): "export const b = 2;"}),
        (rendered(COLLISION), static_failed(COLLISION)),
        live=one_after_normalization,
    ),
    Case(
        "intake/case-collision",
        site({"src/app.TSX": "", "SRC/App.tsx": "", "src/main.tsx/inner.ts": ""}),
        (rendered(COLLISION), static_failed(COLLISION)),
    ),
    Case("intake/long-name", beside(f"src/{'n' * 4_096}.ts"), (static_failed(UNSAFE),), live=no_file_system_takes_it),
    Case("intake/hundred-thousand-files", many_files(100_000), (static_failed(LIMIT),)),
    Case("intake/file-of-100-mb", large_file(100_000_000), (refused(413, "max_body_bytes"),)),
    Case("intake/file-of-50-mb", large_file(50_000_000), (static_failed(LIMIT),)),
    Case("intake/nested-artifacts", artifact('<webArtifact id="n" title="n">' * 50_000), (no_source(),)),
    Case("intake/svg-entity-bomb", BOMB, (rendered(), Ending("render-failed")), live=entities_multiply),
]
