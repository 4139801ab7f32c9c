"""The scaffold, and which manifests lie on it."""

from __future__ import annotations

import json

import pytest

from services.artifact import overlay, parse, scaffold_files, scaffold_version, system_prompt
from services.artifact.starter import is_slots_only

APP = "export default function App() {\n  return null;\n}\n"


def completion(*paths: str, **texts: str) -> str:
    files = dict.fromkeys(paths, "x") | {path.replace("__", "."): text for path, text in texts.items()}
    body = "".join(f'<webAction type="file" filePath="{p}">\n{t}</webAction>\n' for p, t in files.items())
    return f'<webArtifact id="a" title="b">\n{body}</webArtifact>'


def test_the_starter_is_the_known_one() -> None:
    files = scaffold_files()
    package = json.loads(files["package.json"])
    assert {"react", "react-dom", "lucide-react", "react-router-dom"} == set(package["dependencies"])
    assert {"vite", "typescript", "tailwindcss", "@vitejs/plugin-react", "eslint"} <= set(package["devDependencies"])
    assert {"dev", "build", "lint", "preview"} == set(package["scripts"])
    assert {"vite.config.ts", "tsconfig.json", "index.html", "src/main.tsx", "src/vite-env.d.ts"} <= set(files)
    assert "system_prompt.md" not in files


def test_the_prompt_names_the_format_and_the_starters_packages() -> None:
    prompt = system_prompt()
    for word in ("<think>", "<answer>", "<webArtifact", "<webAction", "npm install", "npm run dev"):
        assert word in prompt
    for package in json.loads(scaffold_files()["package.json"])["dependencies"]:
        assert f"`{package}`" in prompt


def test_the_prompts_own_example_parses_without_repairs() -> None:
    prompt = system_prompt()
    parsed = parse(prompt[prompt.index("<think>\n") : prompt.index("</answer>") + len("</answer>")])
    assert parsed.well_formed
    assert set(parsed.files) == {"package.json", "src/App.tsx"}
    assert parsed.artifact_id == "harbor-bakery"
    assert len(parsed.commands) == 2
    assert parsed.findings == ()


def test_the_version_is_stable_within_one_installation() -> None:
    assert scaffold_version() == scaffold_version()
    assert len(scaffold_version()) == 16


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["src/App.tsx"], True),
        (["src/App.tsx", "index.html", "public/robots.txt", "README.md"], True),
        (["index.html"], True),
        (["src/App.tsx", "package.json"], False),
        (["src/App.tsx", "vite.config.ts"], False),
        (["src/App.tsx", "tailwind.config.js"], False),
        (["README.md"], False),
        ([], False),
    ],
)
def test_slots_only_means_nothing_but_slots(paths: list[str], expected: bool) -> None:
    assert is_slots_only(paths) is expected


def test_the_scaffold_supplies_what_slots_leave_out() -> None:
    site = overlay(parse(completion(**{"src/App__tsx": APP, "src/index__css": "body {}\n"})))
    starter = scaffold_files()
    assert site.slots_only
    assert site.files["src/App.tsx"] == APP
    assert site.files["src/index.css"] == "body {}\n"
    assert site.files["package.json"] == starter["package.json"]
    assert set(site.files) == set(starter)


def test_the_starters_own_page_is_never_passed_off_as_the_models() -> None:
    site = overlay(parse(completion("src/pages/Home.tsx")))
    assert site.slots_only
    assert "src/App.tsx" not in site.files


def test_another_entry_in_the_models_page_replaces_the_starters() -> None:
    page = '<div id="root"></div><script type="module" src="/src/start.tsx"></script>\n'
    site = overlay(parse(completion("src/start.tsx", index__html=page)))
    assert "src/main.tsx" not in site.files
    assert site.files["index.html"] == page


@pytest.mark.parametrize("path", sorted(scaffold_files()))
def test_no_file_of_the_scaffold_stays_where_the_completion_has_a_folder(path: str) -> None:
    below = f"{path}/x.ts"
    site = overlay(parse(completion("src/own.tsx", below)))
    assert below in site.files
    folders = {"/".join(p.split("/")[:end]) for p in site.files for end in range(1, p.count("/") + 1)}
    assert not folders & set(site.files)


def test_a_folder_in_place_of_a_file_takes_nothing_else_of_the_scaffold() -> None:
    site = overlay(parse(completion("src/App.tsx", "src/main.tsx/x.ts")))
    assert site.slots_only
    assert set(site.files) == (set(scaffold_files()) - {"src/main.tsx"}) | {"src/main.tsx/x.ts"}


def test_a_complete_manifest_stands_for_itself() -> None:
    site = overlay(parse(completion("src/App.tsx", "vite.config.ts")))
    assert not site.slots_only
    assert set(site.files) == {"src/App.tsx", "vite.config.ts"}


def test_no_files_stay_no_files() -> None:
    assert overlay(parse("nothing")).files == {}
