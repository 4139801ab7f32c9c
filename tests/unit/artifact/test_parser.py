"""The completion parser: formats, repairs and refusals."""

from __future__ import annotations

import pytest

from services.artifact import limits, parse
from services.artifact.model import Command, ParsedCompletion

APP = "export default function App() {\n  return <p>Hello</p>;\n}\n"
GOOD = (
    "<think>\nA small site with one page, drawn in one component.\n</think>\n<answer>\n"
    '```xml\n<webArtifact id="one-page" title="One > Page">\n'
    f'<webAction type="file" filePath="src/App.tsx">\n{APP}</webAction>\n'
    '<webAction type="file" filePath="index.html"><div id="root"></div></webAction>\n'
    '<webAction type="shell">npm install</webAction>\n<webAction type="start">npm run dev</webAction>\n'
    "</webArtifact>\n```\n</answer>"
)


def actions(*items: tuple[str, str]) -> str:
    body = "".join(f'<webAction type="file" filePath="{path}">\n{text}</webAction>\n' for path, text in items)
    return f'<webArtifact id="a" title="b">\n{body}</webArtifact>'


def rules(parsed: ParsedCompletion) -> set[str]:
    return {finding.rule for finding in parsed.findings}


def test_a_good_completion_has_files_commands_and_no_finding() -> None:
    parsed = parse(GOOD)
    assert parsed.files == {"src/App.tsx": APP, "index.html": '<div id="root"></div>\n'}
    assert parsed.commands == (Command("shell", "npm install"), Command("start", "npm run dev"))
    assert (parsed.artifact_id, parsed.title) == ("one-page", "One > Page")
    assert parsed.think == "\nA small site with one page, drawn in one component.\n"
    assert parsed.well_formed
    assert parsed.complete
    assert parsed.findings == ()


def test_bolt_tags_give_the_same_source_and_one_finding() -> None:
    bolt = parse(GOOD.replace("webA", "boltA"))
    assert bolt.files == parse(GOOD).files
    assert rules(bolt) == {"parse/bolt-tags"}
    assert bolt.counts == {"parse/bolt-tags": 1}


@pytest.mark.parametrize(
    "tag",
    [
        '<webAction filePath="src/a.ts" type="file">',
        "<webAction type='file' filePath='src/a.ts'>",
        '<WEBACTION TYPE="FILE" FILEPATH="src/a.ts">',
        '<webAction\n  type="file"\n  filePath="src/a.ts"\n>',
    ],
)
def test_order_case_and_line_breaks_of_attributes_do_not_matter(tag: str) -> None:
    parsed = parse(f'<webArtifact id="a" title="b">\n{tag}\nx</webAction></webArtifact>')
    assert parsed.files == {"src/a.ts": "x\n"}
    assert parsed.findings == ()


@pytest.mark.parametrize(
    "tag",
    [
        "<webAction type=file filePath=src/a.ts>",
        '<webAction type="file" filePath="src/a.ts>',
        '<webAction type="file filePath="src/a.ts">',
        '<webAction type="file" filePath=src/a.ts">',
        '<webAction type="file" filePath="src/a.ts\'>',
        '<webAction type=\\"file\\" filePath=\\"src/a.ts\\">',
        "<webAction type=“file” filePath=“src/a.ts”>",
        '<webAction type="file" filePath="src/a.ts"',
        '<webAction filePath="src/a.ts">',
        '<webAction type="file" path="src/a.ts">',
        '<webAction type="file" file-path="src/a.ts">',
    ],
)
def test_odd_tags_are_read_as_meant_or_lose_the_file_with_a_finding(tag: str) -> None:
    parsed = parse(f'<webArtifact id="a" title="b">\n{tag}\nx</webAction></webArtifact>')
    if 'type="file filePath' in tag:
        assert parsed.files == {}
        assert "parse/unknown-action" in rules(parsed)
    elif "file-path" in tag:
        assert parsed.files == {"src/a.ts": "x\n"}
    else:
        assert parsed.files == {"src/a.ts": "x\n"}
        assert "parse/repaired-tag" in rules(parsed)


def test_a_tag_mentioned_while_thinking_is_not_the_answer() -> None:
    draft = actions(("src/draft.ts", "draft"))
    parsed = parse(
        f"<think>\nI will write <webArtifact id=…> like {draft}\n</think>\n<answer>{actions(('a.ts', 'x'))}</answer>"
    )
    assert list(parsed.files) == ["a.ts"]


def test_thinking_that_was_opened_in_the_prompt_ends_at_its_closing_tag() -> None:
    draft = actions(("draft.ts", "draft"), ("more.ts", "draft"))
    parsed = parse(f"thinking of {draft}\n</think>\n<answer>{actions(('a.ts', 'x'))}</answer>")
    assert list(parsed.files) == ["a.ts"]
    assert not parsed.well_formed


def test_unclosed_thinking_ends_where_the_answer_starts() -> None:
    parsed = parse(f"<think>\nhm\n<answer>{actions(('a.ts', 'x'))}</answer>")
    assert list(parsed.files) == ["a.ts"]
    assert parsed.think == "\nhm\n"
    assert "parse/unclosed-think" in rules(parsed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>\na\n</think>\n<answer>\nb\n</answer>", True),
        ("<think>a</think><answer>b</answer>\nmore text\n", True),
        ("  \n<think>a</think>\n\n<answer>b</answer>  ", True),
        ("Sure. <think>a</think><answer>b</answer>", False),
        ("<think>a</think> so <answer>b</answer>", False),
        ("<think>a</think><answer>b</answer> more text", False),
        ("<think>a</think><answer>b", False),
        ("<answer>b</answer>", False),
        ("<think>a <answer>b</answer>", False),
        ("", False),
    ],
)
def test_the_format_of_think_and_answer(text: str, expected: bool) -> None:
    assert parse(text).well_formed is expected


def test_a_file_may_speak_of_the_tags() -> None:
    text = 'const a = "<webAction type=\\"file\\">";\nconst b = "</webAction>";\nconst c = "</webArtifact>";\n'
    parsed = parse(actions(("src/a.ts", text), ("src/b.ts", "y")))
    assert parsed.files == {"src/a.ts": text, "src/b.ts": "y\n"}
    assert rules(parsed) == {"parse/tag-in-file"}


def test_components_with_names_like_the_sections_are_text() -> None:
    text = "export default () => (\n  <Answer>\n    <think>hm</think>\n  </Answer>\n);\n"
    assert parse(f"<answer>{actions(('src/Quiz.tsx', text))}</answer>").files["src/Quiz.tsx"] == text


def test_an_unclosed_action_ends_at_the_next_that_starts_a_line() -> None:
    parsed = parse(
        '<webArtifact id="a" title="b">\n<webAction type="file" filePath="a.ts">\nx\n'
        '<webAction type="file" filePath="b.ts">\ny\n</webArtifact>\n</answer>\n'
    )
    assert parsed.files == {"a.ts": "x\n", "b.ts": "y\n"}
    assert parsed.counts == {"parse/unclosed-action": 2}


def test_the_last_file_ends_before_the_answer_does() -> None:
    parsed = parse('<answer><webArtifact id="a" title="b">\n<webAction type="file" filePath="a.ts">\nx\n</answer>')
    assert parsed.files == {"a.ts": "x\n"}
    assert rules(parsed) == {"parse/unclosed-action", "parse/unclosed-artifact"}


def test_a_file_cut_by_the_token_limit_is_kept_as_it_is() -> None:
    text = '<webArtifact id="a" title="b"><webAction type="file" filePath="a.ts">\nconst a = "hel'
    parsed = parse(text)
    assert parsed.files == {"a.ts": 'const a = "hel'}
    assert rules(parsed) == {"parse/truncated-file", "parse/unclosed-artifact"}
    assert not parsed.complete


def test_the_truncated_mark_tells_a_cut_at_a_line_end_from_a_forgotten_tag() -> None:
    text = '<webArtifact id="a" title="b"><webAction type="file" filePath="a.ts">\nx\n'
    assert "parse/truncated-file" in rules(parse(text, truncated=True))
    assert "parse/unclosed-action" in rules(parse(text))


def test_a_completion_cut_inside_a_tag_loses_that_action_with_a_finding() -> None:
    parsed = parse('<webArtifact id="a" title="b"><webAction type="file" filePath="src/Ap')
    assert parsed.files == {}
    assert "parse/broken-tag" in rules(parsed)


def test_the_last_of_two_texts_of_one_file_counts() -> None:
    parsed = parse(actions(("a.ts", "one"), ("./a.ts", "two")))
    assert parsed.files == {"a.ts": "two\n"}
    assert rules(parsed) == {"parse/duplicate-file", "parse/path-normalized"}


@pytest.mark.parametrize(
    ("wrapped", "rule"),
    [
        ("```tsx\n<p>x</p>\n```\n", "parse/fenced-file"),
        ("```tsx\n<p>x</p>\n", "parse/fenced-file"),
        ("<![CDATA[\n<p>x</p>\n]]>\n", "parse/cdata"),
        ("&lt;p&gt;x&lt;/p&gt;\n", "parse/entities"),
    ],
)
def test_wrappings_of_a_whole_file_are_taken_off(wrapped: str, rule: str) -> None:
    parsed = parse(actions(("src/a.tsx", wrapped)))
    assert parsed.files == {"src/a.tsx": "<p>x</p>\n"}
    assert rules(parsed) == {rule}


def test_single_entities_and_fences_in_documents_stay() -> None:
    parsed = parse(actions(("a.tsx", "<p>&lt;b&gt;</p>\n"), ("README.md", "```sh\nnpm install\n```\n")))
    assert parsed.files == {"a.tsx": "<p>&lt;b&gt;</p>\n", "README.md": "```sh\nnpm install\n```\n"}
    assert parsed.findings == ()


@pytest.mark.parametrize(
    "path",
    [
        "../a.ts",
        "src/../../a.ts",
        "/etc/passwd",
        "C:/a.ts",
        "c:a.ts",
        "src\\a.ts",
        "",
        "   ",
        "src/",
        ".",
        "a\x07.ts",
        "a\u202egpj.ts",
        "a\0.ts",
        "a\ud800.ts",
        "x" * (limits.MAX_PATH_CHARACTERS + 1),
        "/".join("a" * (limits.MAX_SEGMENTS + 1)),
        "node_modules/vite/index.js",
        "src/Node_Modules/x.js",
        ".git/config",
    ],
)
def test_an_unsafe_path_is_not_taken(path: str) -> None:
    parsed = parse(actions((path, "x"), ("ok.ts", "y")))
    assert parsed.files == {"ok.ts": "y\n"}
    assert parsed.counts["parse/unsafe-path"] == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("src/App.tsx", "src/app.tsx"),
        ("caf\u00e9.ts", "cafe\u0301.ts"),
        ("src/a", "src/a/b.ts"),
        ("src/a/b.ts", "src/a"),
    ],
)
def test_a_colliding_path_is_not_taken(first: str, second: str) -> None:
    parsed = parse(actions((first, "x"), (second, "y")))
    assert list(parsed.files) == [first]
    assert rules(parsed) == {"parse/path-collision"}


def test_of_several_artifacts_the_one_in_the_answer_with_most_files_is_used() -> None:
    outside = actions(("a.ts", "1"), ("b.ts", "1"), ("c.ts", "1"))
    small, big = actions(("d.ts", "2")), actions(("e.ts", "3"), ("f.ts", "3"))
    parsed = parse(f"{outside}\n<answer>\n{big}\n{small}\n</answer>")
    assert list(parsed.files) == ["e.ts", "f.ts"]
    assert "parse/several-artifacts" in rules(parsed)


def test_a_restart_that_was_cut_does_not_replace_the_complete_artifact() -> None:
    whole = actions(("a.ts", "1"))
    parsed = parse(whole + '\n<webArtifact id="c" title="d">\n<webAction type="file" filePath="a.ts">\n2')
    assert parsed.files == {"a.ts": "1\n"}
    assert parsed.complete


def test_actions_without_an_artifact_are_used_without_attributes() -> None:
    parsed = parse('<webAction type="file" filePath="a.ts">\nx\n</webAction>')
    assert parsed.files == {"a.ts": "x\n"}
    assert parsed.artifact_id is None
    assert rules(parsed) == {"parse/no-artifact-tag"}


def test_text_between_actions_is_lost_with_a_finding() -> None:
    parsed = parse(
        '<webArtifact id="a" title="b">\nHere it comes:\n<webAction type="shell">npm i</webAction></webArtifact>'
    )
    assert parsed.commands == (Command("shell", "npm i"),)
    assert rules(parsed) == {"parse/stray-text"}


def test_limits_are_named_and_what_exceeds_them_is_not_taken() -> None:
    files = [(f"f{number}.ts", "x") for number in range(limits.MAX_FILES + 2)]
    parsed = parse(actions(*files))
    assert len(parsed.files) == limits.MAX_FILES
    assert parsed.counts == {"parse/limit": 2}
    assert str(limits.MAX_FILES) in parsed.findings[0].message

    large = "é" * (limits.MAX_FILE_BYTES // 2 + 1)
    parsed = parse(actions(("big.ts", large), ("ok.ts", "y")))
    assert list(parsed.files) == ["ok.ts"]
    assert "MAX_FILE_BYTES" in parsed.findings[0].message

    chunk = "x" * (limits.MAX_FILE_BYTES - 1)
    parsed = parse(actions(*[(f"{number}.ts", chunk) for number in range(5)]))
    assert sum(len(text) for text in parsed.files.values()) <= limits.MAX_TOTAL_BYTES
    assert "MAX_TOTAL_BYTES" in parsed.findings[0].message


def test_many_findings_of_one_rule_are_counted_and_cut() -> None:
    parsed = parse(actions(*[(f"../{number}", "x") for number in range(100)]))
    assert parsed.counts == {"parse/unsafe-path": 100}
    assert len(parsed.findings) == limits.MAX_FINDINGS_PER_RULE + 1
    assert "80 more" in parsed.findings[-1].message


@pytest.mark.parametrize(
    "text", ["", "no site here", "<answer></answer>", "<webArtifact id='a' title='b'></webArtifact>"]
)
def test_no_artifact_means_no_files_and_no_exception(text: str) -> None:
    assert parse(text).files == {}
