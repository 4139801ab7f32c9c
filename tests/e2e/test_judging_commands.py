"""`rejudge`, `noise` and `calibrate` over real screenshots, against a judge whose error is known."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, variance
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reward_api.cli.app import app
from reward_api.embedded import EmbeddedStack
from services.contract import Evaluation, RunStatistics, Status
from services.judge.protocol import CRITERIA
from services.stages import Stage
from tests.support.stacks import client, running
from tests.support.variants import small_rollout
from tests.support.vlm_grades import Temper
from tests.support.vlm_server import VlmServer

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

NOISE = 0.4
GROUPS, SITES, REPEATS = 4, 4, 8
RUN = "training"
ENVIRONMENT = {
    "WEBGEN_JUDGE__API_KEY": "test-key-of-the-judge",
    "WEBGEN_JUDGE__MODEL": "eye-1",
    "WEBGEN_JUDGE__REJUDGE_MODELS": '["eye-2"]',
    "WEBGEN_JUDGE__RETRIES": "0",
    "WEBGEN_JUDGE__LIMITS__BREAKER_FAILURES": "1000",
    "WEBGEN_JUDGE_COSTS__PRICES": '{"eye-*": {"prompt": 2, "completion": 8}}',
}


@dataclass
class Scene:
    """A run with screenshots, its judge, and its evaluations as they were first."""

    stack: EmbeddedStack
    vlm: VlmServer
    originals: list[Evaluation]

    def command(self, *words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--url", self.stack.url], catch_exceptions=True)

    def ask(self, *words: str, status: int = 0) -> dict[str, Any]:
        """A command's JSON."""
        result = self.command(*words, "--json")
        assert result.exit_code == status, (result.output, result.exception)
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def truth(self, evaluation: Evaluation) -> dict[str, float]:
        """The server's grades of a site without its error."""
        asked = f"\nA page about {evaluation.rollout_id}\n"
        return self.vlm.grades(next(request.images[0] for request in self.vlm.requests if asked in request.text))

    def now(self) -> list[Evaluation]:
        with client(self.stack) as service:
            return [service.get(one.id) for one in self.originals]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with VlmServer(temper=Temper(noise=NOISE, seed=7, lowest=1.5, highest=3.5)) as vlm:
        environment = ENVIRONMENT | {"WEBGEN_JUDGE__BASE_URL": vlm.base_url}
        with running(judge="vlm", environment=environment) as stack, client(stack) as service:
            rollouts = [
                small_rollout(f"site-{group}-{site}").model_copy(update={"group": f"g{group}"})
                for group in range(GROUPS)
                for site in range(SITES)
            ]
            scores = service.score(rollouts, run=RUN, deadline=600)
            yield Scene(stack, vlm, [one for one in scores if one is not None])


def test_noise_finds_a_known_noise_and_the_spread_behind_it(scene: Scene) -> None:
    words = ("noise", RUN, "--groups", "20", "--repeats", str(REPEATS))
    found = scene.ask(*words)
    noise = found["noise"]
    assert (noise["groups"], noise["sites"], noise["verdicts"]) == (GROUPS, GROUPS * SITES, GROUPS * SITES * REPEATS)
    assert noise["error"] == pytest.approx(NOISE, rel=0.2)
    assert noise["error_interval"]["low"] < NOISE < noise["error_interval"]["high"]
    assert noise["spread"] == pytest.approx(true_spread(scene), rel=0.35)
    assert noise["rounding"] == 0.0
    assert noise["samples"] == pytest.approx(2.3 * noise["error"] ** 2 / noise["spread"] ** 2, abs=1)
    one = next(costs for costs in found["by_samples"] if costs["samples"] == 1)
    assert one["cost"] * noise["verdicts"] == pytest.approx(
        (2 * found["prompt_tokens"] + 8 * found["completion_tokens"]) / 1e6
    )
    asked = len(scene.vlm.requests)
    assert scene.ask(*words) == found, "the same command judges nothing twice"
    assert len(scene.vlm.requests) == asked


def true_spread(scene: Scene) -> float:
    """Pooled standard deviation within groups of what the server thinks without its error."""
    means: dict[str | None, list[float]] = defaultdict(list)
    for one in scene.originals:
        truth = scene.truth(one)
        means[one.group].append(fmean(truth[name] for name in CRITERIA))
    return fmean(variance(found) for found in means.values()) ** 0.5


def test_a_draw_of_groups_and_sites_is_kept_to(scene: Scene) -> None:
    found = scene.ask("noise", RUN, "--groups", "2", "--per-group", "2", "--repeats", "2", "--seed", "5")["noise"]
    assert (found["groups"], found["sites"], found["verdicts"]) == (2, 4, 8)


def test_rejudging_by_another_model_leaves_the_originals_and_their_figures(scene: Scene) -> None:
    words = ("rejudge", "--run", RUN, "--model", "eye-2", "--samples", "2")
    found = scene.ask(*words)
    assert len(found["evaluations"]) == len(scene.originals)
    for entry, original in zip(found["evaluations"], scene.originals, strict=True):
        assert (entry["evaluation"], entry["old"]["appearance"]) == (original.id, original.components["appearance"])
        assert entry["new"]["judge"]["model"] == "eye-2"
        assert entry["new"]["judge"]["samples"] == 2
        assert entry["new"]["judge_version"].startswith("vlm:eye-2:")
        assert entry["new"]["appearance"] == pytest.approx(entry["old"]["appearance"], abs=6 * NOISE)
    assert scene.now() == scene.originals
    with client(scene.stack) as service:
        derived = service.get(found["evaluations"][0]["new"]["evaluation"])
        figures = service.read(f"/v1/runs/{RUN}", RunStatistics)
    assert derived.derived_from == scene.originals[0].id
    assert figures.counts == {Status.SCORED: len(scene.originals)}
    asked = len(scene.vlm.requests)
    assert scene.ask(*words) == found, "the same command judges nothing twice"
    assert len(scene.vlm.requests) == asked


def test_a_model_that_the_operator_does_not_allow_is_refused(scene: Scene) -> None:
    asked = len(scene.vlm.requests)
    result = scene.command("rejudge", "--run", RUN, "--model", "dear")
    assert result.exit_code != 0
    assert "rejudge_models" in str(result.exception)
    assert len(scene.vlm.requests) == asked


def test_a_rejudging_goes_on_where_the_judge_was_down(scene: Scene) -> None:
    words = ("rejudge", "--run", RUN, "--step", "0", "--name", "outage", "--at-once", "16")
    image = next(iter({request.images[0] for request in scene.vlm.requests}))
    scene.vlm.set("down", image)
    broken = scene.ask(*words, status=3)
    scene.vlm.set("normal")
    mended = scene.ask(*words)
    before, after = ([entry["new"] for entry in found["evaluations"]] for found in (broken, mended))
    failed = [index for index, new in enumerate(before) if new["status"] == Status.UNSCORED]
    assert len(failed) == 1
    assert broken["evaluations"][failed[0]]["problem"]
    assert [new["status"] for new in after] == [Status.SCORED] * len(after)
    kept = [new["evaluation"] for index, new in enumerate(after) if index not in failed]
    assert kept == [new["evaluation"] for index, new in enumerate(before) if index not in failed]


def test_verdicts_are_calibrated_against_grades(scene: Scene, tmp_path: Path) -> None:
    """People who see what the server would without its error, and are half a point harsher."""
    lines = []
    for one in scene.originals:
        truth = {name: grade - 0.5 for name, grade in scene.truth(one).items()}
        criteria = {name: truth[name] for name in CRITERIA}
        lines.append({"rollout": one.rollout_id, "rater": "anna", "criteria": criteria, "overall": truth["overall"]})
    lines.append({"rollout": "nobody", "overall": 3})
    grades, picture = tmp_path / "grades.jsonl", tmp_path / "calibration.png"
    grades.write_text("\n".join(map(json.dumps, lines)))
    found = scene.ask("calibrate", str(grades), "--run", RUN, "--plot", str(picture))
    assert (found["sites"], found["used"], found["left_out"]) == (17, 16, {"unknown": 1})
    (judge,) = found["judges"]
    assert (judge["judge"]["kind"], judge["judge"]["model"]) == ("vlm", "eye-1")
    assert set(judge["scales"]) == {"appearance", *CRITERIA, "overall"}
    bias = judge["scales"]["appearance"]
    assert bias["bias"] == pytest.approx(0.5, abs=3 * NOISE / 16**0.5)
    assert bias["bias_low"] < 0.5 < bias["bias_high"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    table = scene.command("calibrate", str(grades), "--run", RUN)
    assert "vlm (eye-1)" in table.stdout
    assert "16 of 17 sites used" in table.stderr


def test_a_rejudging_is_calibrated_as_a_judge_of_its_own(scene: Scene, tmp_path: Path) -> None:
    scene.ask("rejudge", "--run", RUN, "--model", "eye-2", "--samples", "2")
    grades = tmp_path / "grades.jsonl"
    grades.write_text("\n".join(json.dumps({"evaluation": one.id, "overall": 3}) for one in scene.originals))
    found = scene.ask("calibrate", str(grades), "--rejudged")
    assert [judge["judge"]["model"] for judge in found["judges"]] == ["eye-1", "eye-2"]
    assert {judge["sites"] for judge in found["judges"]} == {len(scene.originals)}


def test_screenshots_that_are_judged_again_are_not_taken_again(scene: Scene) -> None:
    found = scene.ask("rejudge", "--run", RUN)
    with client(scene.stack) as service:
        derived = service.get(found["evaluations"][0]["new"]["evaluation"])
    assert set(derived.reused) == {Stage.LINT, Stage.RESOLVE, Stage.BUILD, Stage.RENDER}
    assert derived.shot_hash == scene.originals[0].shot_hash
