"""No text makes the parser raise, and none takes more than linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.artifact import limits, overlay, parse
from services.artifact.model import ParsedCompletion
from services.artifact.paths import normal_path

MEGABYTE = 1_000_000
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)
FRAGMENTS = st.sampled_from(
    [
        "<think>",
        "</think>",
        "<answer>",
        "</answer>",
        '<webArtifact id="a" title="b">',
        "</webArtifact>",
        "<boltArtifact",
        '<webAction type="file" filePath="src/a.ts">',
        '<webAction type="shell">',
        "</webAction>",
        "</boltAction",
        "<webAction",
        " type=",
        " filePath=",
        '"',
        "'",
        "\\",
        '\\"',
        ">",
        "/>",
        "<",
        "\n",
        " ",
        "```",
        "```tsx\n",
        "<![CDATA[",
        "]]>",
        "&lt;",
        "../x",
        "./y",
        "/z",
        "package.json",
        "{}",
        "npm install",
        "\0",
        "\ud800",
        "\u2028",
        "\u201c",
        "é",
        "=",
        "/",
    ]
)
ASSEMBLED = st.lists(st.one_of(FRAGMENTS, ANY_TEXT.map(lambda text: text[:8])), max_size=80).map("".join)


def assert_sound(parsed: ParsedCompletion) -> None:
    for path, text in parsed.files.items():
        assert normal_path(path) == path
        text.encode()
    assert len(parsed.files) <= limits.MAX_FILES
    assert set(parsed.counts) == {finding.rule for finding in parsed.findings}
    for finding in parsed.findings:
        finding.model_dump_json()
    assert overlay(parsed).hash


@given(ANY_TEXT, st.booleans())
def test_any_text_parses(text: str, truncated: bool) -> None:
    assert_sound(parse(text, truncated))


@given(ASSEMBLED, st.booleans())
def test_any_heap_of_fragments_parses(text: str, truncated: bool) -> None:
    assert_sound(parse(text, truncated))


@given(ASSEMBLED)
def test_parsing_is_a_function_of_the_text(text: str) -> None:
    assert parse(text) == parse(text)


@given(st.dictionaries(st.sampled_from(["src/a.ts", "b.css", "c/d.json"]), st.text("ab <>{}\n", max_size=40)))
def test_files_come_back_as_written_but_for_blank_ends(files: dict[str, str]) -> None:
    body = "".join(f'<webAction type="file" filePath="{p}">\n{t}\n</webAction>\n' for p, t in files.items())
    parsed = parse(f'<webArtifact id="a" title="b">\n{body}</webArtifact>')
    assert {path: text.strip() for path, text in parsed.files.items()} == {p: t.strip() for p, t in files.items()}


UNITS = [
    "<webAction ",
    '<webAction a="',
    "<webAction\n",
    "<webAction\na=\n",
    "\n<webAction type=file filePath=a>x",
    "</webAction>",
    '<webAction type="file" filePath="a">',
    '<webAction type="shell">',
    '<webArtifact id="a" title="b>',
    "<webArtifact>\n",
    "</webArtifact",
    "<think>",
    "</think>",
    "</think> ",
    "<answer>",
    "</answer> ",
    "<",
    " ",
    "\n",
    "\t\n",
    '"',
    "\\",
    "=",
    "`",
    "```\n",
    "<![CDATA[",
    "]]>",
    "]]]]><![CDATA[>",
    "&lt;",
    "&amp;",
    "/",
    "../",
    "a=b ",
    "a='",
    "\r",
    "</ ",
    "\0",
]
FILE = '<webArtifact id="a" title="b">\n<webAction type="file" filePath="a.tsx">'
HEADS = ["", FILE, "<think>", "<webAction ", "<think></think>", '<webArtifact id="a" title="b">']


@pytest.mark.timeout(60)
@pytest.mark.parametrize("head", HEADS)
def test_repetition_of_any_piece_is_parsed_in_linear_time(head: str) -> None:
    """Quadratic work on any of these would be some 10**10 steps: the time-out catches it on any machine."""
    for unit in UNITS:
        parse(head + unit * (MEGABYTE // len(unit) // 10))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", UNITS)
def test_a_whole_megabyte_inside_one_file(unit: str) -> None:
    parse(FILE + unit * (MEGABYTE // len(unit)) + "</webAction></webArtifact>")
