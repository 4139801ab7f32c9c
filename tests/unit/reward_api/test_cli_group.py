"""``webgen-reward group``: the page over a folder, and over the gateway that serves it, as a browser shows it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from gateway_server import served
from sample_pages import browser
from told_runs import ToldRuns, told
from typer.testing import CliRunner, Result

from reward_api.cli.app import app
from reward_api.sheet.advantage import EPSILON, Scale, advantages
from reward_api.sheet.model import make_sheet, remarks
from reward_api.sheet.page import document
from services.contract import Evaluation, StageReport
from services.contract.evaluation import JudgeInfo

runner = CliRunner()

MINUS = "\N{MINUS SIGN}"

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\u202e"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def runs(folder: Path) -> Iterator[ToldRuns]:
    """Step 4: group 3 of five, group 10 of two. Tests only read it."""
    runs = ToldRuns(folder)
    group: dict[str, Any] = {"step": 4, "group": "3"}
    three = (told(looks=looks, spread=0.3, **group) for looks in (3.0, 4.5, 4.0))
    runs.play(*three, told("build", **group), told("outage", truncated=True, **group))
    runs.play(*(told(looks=2.0, step=4, group="10") for _ in range(2)))
    yield runs
    runs.close()


def group(folder: Path, *arguments: str) -> Result:
    return runner.invoke(app, ["group", "run", *arguments, "--data-dir", str(folder)])


def page_of(folder: Path, out: Path, *arguments: str) -> str:
    done = group(folder, *arguments, "--out", str(out))
    assert done.exit_code == 0, done.output
    return out.read_text("utf-8")


def cards(page: str) -> list[str]:
    return re.findall(r"<article .*?</article>", page, re.DOTALL)


def shown(card: str, kind: str) -> str:
    found = re.search(rf'<span class="{kind}[^"]*">([^<]*)</span>', card)
    assert found
    return found[1]


def test_members_stand_by_reward_with_their_advantages(runs: ToldRuns, folder: Path, tmp_path: Path) -> None:
    page = page_of(folder, tmp_path / "sheet.html", "4", "3")
    members = cards(page)
    rewards = [4.7, 4.2, 3.2, -0.3]
    assert [float(shown(card, "reward").replace(MINUS, "-")) for card in members[:4]] == rewards
    gains = [f"{(reward - fmean(rewards)) / (stdev(rewards) + EPSILON):+.2f}".replace("-", MINUS) for reward in rewards]
    assert [shown(card, "advantage") for card in members] == [*gains, "left out"]
    assert "build-failed" in members[3]
    assert "unscored: judge" in members[4]
    assert "cut at the token limit" in members[4]
    assert "Make a site" in page.split("<main>")[0]


def test_both_sources_make_the_same_page(runs: ToldRuns, folder: Path, tmp_path: Path) -> None:
    with served(runs.app()) as (url, _):
        over_http = page_of(folder, tmp_path / "http.html", "4", "3", "--url", url)
    assert over_http == page_of(folder, tmp_path / "folder.html", "4", "3")


def test_without_a_group_the_step_s_are_listed_by_number(runs: ToldRuns, folder: Path) -> None:
    done = group(folder, "4")
    assert done.exit_code == 0, done.output
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [["3", "4/5"], ["10", "2/2"]]


def test_a_group_that_is_not_there_names_those_that_are(runs: ToldRuns, folder: Path) -> None:
    done = group(folder, "4", "7")
    assert done.exit_code == 1
    assert str(done.exception) == "step 4 of run 'run' has no group '7'; there are: 3, 10"


def test_a_step_s_scale_takes_every_reward_of_the_step(runs: ToldRuns, folder: Path, tmp_path: Path) -> None:
    page = page_of(folder, tmp_path / "sheet.html", "4", "3", "--scale", "batch")
    group_, step = [4.7, 4.2, 3.2, -0.3], [4.7, 4.2, 3.2, -0.3, 2.2, 2.2]
    assert shown(cards(page)[0], "advantage") == f"{(4.7 - fmean(group_)) / (stdev(step) + EPSILON):+.2f}"


def test_advantages_are_as_trl_computes_them() -> None:
    assert advantages([1.0, 2.0], Scale.GROUP) == pytest.approx([-0.7070, 0.7070], abs=1e-4)
    assert advantages([1.0, None], Scale.GROUP) == [0.0, None]
    assert advantages([2.0, 2.0], Scale.GROUP) == [0.0, 0.0]
    assert advantages([1.0, 2.0], Scale.NONE) == [-0.5, 0.5]
    assert advantages([None], Scale.GROUP) == [None]


@pytest.fixture(scope="module")
def evaluations(runs: ToldRuns) -> list[Evaluation]:
    return [e for e in runs.shop.pipeline.evaluations("run", cursor=None, limit=50).evaluations if e.group == "3"]


def test_nothing_that_anybody_wrote_runs_or_is_fetched(evaluations: list[Evaluation], tmp_path: Path) -> None:
    """In a real browser: no request but the file itself, no script, and the picture that is inside is drawn."""
    worst = [_hostile(evaluation) for evaluation in evaluations]
    sheet = make_sheet(worst, Scale.GROUP, instruction=HOSTILE)
    pictures = {(member.evaluation.id, shot.name): _PIXEL for member in sheet.members for shot in member.shots}
    file = tmp_path / "sheet.html"
    file.write_bytes(document(sheet, pictures))
    asked, said = [], []
    with browser() as started:
        page = started.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        title = page.title()
        widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
        styled = page.evaluate("getComputedStyle(document.querySelector('main')).display")
        words = page.inner_text("body")
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert said == []
    assert "taken" not in title.replace(HOSTILE.strip("\u202e"), "")
    assert widths == [1] * len(pictures)
    assert len(widths) >= 3
    assert styled == "grid"
    assert "<script>" in words
    assert "\u202e" not in file.read_text("utf-8")


def _hostile(evaluation: Evaluation) -> Evaluation:
    """The same, with a hostile text wherever others can write."""
    reports = []
    for report in evaluation.reports:
        findings = [{"rule": HOSTILE[:60], "severity": "error", "message": HOSTILE, "file": HOSTILE, "line": 3}] * 2
        facts = {**report.facts, "bytes": HOSTILE}
        if "samples" in facts:
            facts["samples"] = [{"criteria": {HOSTILE: 3.0, "layout": HOSTILE}, "reason": HOSTILE}]
        if "routes" in facts:
            facts["routes"] = [{"path": HOSTILE, "shot": "route-1.png"}, HOSTILE, {"shot": "route-1.png"}]
        artifacts = dict(report.artifacts)
        if "home.png" in artifacts:
            artifacts["route-1.png"] = artifacts["home.png"]
        told_ = {"findings": findings, "facts": facts, "artifacts": artifacts}
        reports.append(StageReport.model_validate(report.model_dump() | told_))
    judge = JudgeInfo(kind=HOSTILE, model=HOSTILE, samples=3, spread=0.1)
    update = {"run": HOSTILE, "group": HOSTILE, "rollout_id": HOSTILE, "sample": None, "unscored_detail": HOSTILE}
    return evaluation.model_copy(
        update={**update, "reports": reports, "judge": judge, "components": {**evaluation.components, HOSTILE: 0.5}}
    )


def test_equal_pictures_name_one_another(evaluations: list[Evaluation]) -> None:
    first, second = (e.model_copy(update={"sample": n, "shot_hash": "same"}) for n, e in enumerate(evaluations[:2]))
    members = make_sheet([first, second, evaluations[2]], Scale.GROUP).members
    assert {member.label: member.twins for member in members[:3]}["sample 0"] == ("sample 1",)
    assert members[1].evaluation.id == evaluations[2].id
    assert members[1].twins == ()


@pytest.mark.parametrize(
    ("rewards", "looks", "word"),
    [
        ([1.0, None], [3.0], "Fewer than two"),
        ([1.0, 1.0], [3.0, 3.0], "All rewards are equal"),
        ([1.0, 1.1], [3.0, 3.0], "Tied on appearance"),
        ([1.0, 1.1], [3.0, 3.1], "largely chance"),
    ],
)
def test_what_the_group_can_teach_is_said(
    evaluations: list[Evaluation], rewards: list[float | None], looks: list[float], word: str
) -> None:
    judge = JudgeInfo(kind="vlm", model="m", samples=3, spread=0.2)
    group_ = [
        e.model_copy(update={"reward": reward, "judge": judge, "components": {"appearance": look}})
        for e, reward, look in zip(evaluations, rewards, looks, strict=False)
    ]
    assert word in " ".join(remarks(make_sheet(group_, Scale.GROUP)))


_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
