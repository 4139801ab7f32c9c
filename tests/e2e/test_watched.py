"""A real Prometheus over the stack: every metric is there, every panel has data, and alerts fire when something is
broken on purpose."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import redis

from benchmarks.dashboard.ask import Span, lines
from benchmarks.dashboard.draw import draw
from benchmarks.dashboard.model import DASHBOARD, panels
from reward_api.embedded import EmbeddedStack
from reward_api.embedded.folder import redis_socket
from reward_api.embedded.plan import metrics_targets
from services.stages import Stage
from services.telemetry.catalogue import catalogue
from tests.support.golden import load_all
from tests.support.prometheus_process import Prometheus, prometheus
from tests.support.stacks import RecordsView, client, running, wait_until
from tests.support.variants import small_rollout
from tests.support.vlm_server import VlmServer

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(1_800)]

PROCESSES = {"gateway", "reaper", "resolve", "build", "render", "judge"}
WHERE = ("job", "instance", "process", "exported_process")
"""Labels that Prometheus adds."""

SAMPLES = ("blog-slots-only", "no-artifact", "no-such-package", "vite-config-error", "blank-page")
WAITING = 25
ENVIRONMENT = {
    "WEBGEN_MAX_QUEUED": "30",
    "WEBGEN_JUDGE__API_KEY": "test-key-of-the-judge",
    "WEBGEN_JUDGE__MODEL": "eye-1",
    "WEBGEN_JUDGE__RETRIES": "0",
    "WEBGEN_JUDGE__LIMITS__BREAKER_FAILURES": "3",
    "WEBGEN_JUDGE__LIMITS__BREAKER_PAUSE": "3",
    "WEBGEN_JUDGE_COSTS__PRICES": '{"eye-*": {"prompt": 2, "completion": 8}}',
    "WEBGEN_LOG_JSON": "true",
}


@dataclass
class Scene:
    """A stack, its judge's server, and who watches it."""

    stack: EmbeddedStack
    vlm: VlmServer
    prometheus: Prometheus
    started: float

    @contextlib.contextmanager
    def frozen(self, process: str) -> Iterator[None]:
        """One process of the stack hangs meanwhile."""
        pid = self.stack.pids()[process]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def post(self, run: str, *names: str) -> int:
        """Submit small sites without a client's patience; the answer's status."""
        rollouts = [small_rollout(name).model_dump(mode="json") for name in names]
        body = {"run": run, "rollouts": rollouts}
        return httpx.post(f"{self.stack.url}/v1/evaluations", json=body, timeout=60).status_code

    def fires(self, alert: str) -> None:
        self.prometheus.until(f'ALERTS{{alertname="{alert}", alertstate="firing"}}')


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """A stack that has worked, and has been looked at meanwhile."""
    with VlmServer() as vlm:
        environment = {**ENVIRONMENT, "WEBGEN_JUDGE__BASE_URL": vlm.base_url}
        with (
            running(judge="vlm", environment=environment) as stack,
            prometheus(metrics_targets(stack.data_dir)) as watching,
        ):
            made = Scene(stack, vlm, watching, time.time())
            watching.until("count(webgen_process_info) == 6")
            load(made)
            yield made


def load(scene: Scene) -> None:
    """Golden rollouts, one of them twice, a worker killed at its work, a judge that fails, and a refused submission."""
    golden = {each.name: each for each in load_all()}
    chosen = [golden[name] for name in (*SAMPLES, SAMPLES[0])]
    rollouts = [{"instruction": each.instruction, "completion": each.completion} for each in chosen]
    with client(scene.stack) as service, RecordsView(scene.stack) as records:
        ids = service.submit(rollouts, run="watched")
        wait_until(lambda: records.kill_holder(Stage.BUILD) is not None, "a worker that builds")
        service.wait(ids)
    scene.vlm.set("down")
    assert scene.post("again", "judged-in-vain") == 202
    scene.fires("WebgenJudgeBreakerOpen")
    scene.fires("WebgenJudgeCallsFail")
    scene.fires("WebgenStageFailing")
    scene.vlm.set("normal")
    assert scene.post("again") == 422


def test_every_process_is_scraped_under_its_name(scene: Scene) -> None:
    found = scene.prometheus.ask("up == 1")
    assert {dict(labels)["process"] for labels in found} == PROCESSES
    told = scene.prometheus.ask("webgen_process_info == 1")
    assert {dict(labels)["process"] for labels in told} == PROCESSES


def test_every_metric_of_the_table_is_there_with_a_sane_value(scene: Scene) -> None:
    for metric in catalogue():
        name = f"{metric.name}_count" if metric.kind == "histogram" else metric.name
        found = scene.prometheus.ask(f"max_over_time({name}[30m])")
        assert found, metric.name
        assert all(math.isfinite(value) and value >= 0 for value in found.values()), metric.name
        assert all(set(dict(labels)) <= {*metric.labels, *WHERE} for labels in found), metric.name


@pytest.mark.parametrize(
    ("expr", "least"),
    [
        ("sum(webgen_rollouts_submitted_total)", 6),
        ('sum(webgen_evaluations_ended_total{status="scored"})', 6),
        ('sum(webgen_stage_outcomes_total{outcome="reused"})', 1),
        ('sum(webgen_stage_claims_lost_total{stage="build"})', 1),
        ('sum(webgen_dependency_set_lookups_total{outcome="failed"})', 1),
        ('sum(webgen_builds_total{outcome="declined"})', 1),
        ("sum(webgen_browser_starts_total)", 1),
        ('sum(webgen_judge_calls_total{outcome="answered"})', 3),
        ('sum(webgen_judge_calls_total{outcome="failed"})', 3),
        ("max(webgen_judge_tokens_total)", 1),
        ("max(webgen_judge_cost_total)", 1e-6),
        ('sum(webgen_judge_breaker_changes_total{to="open"})', 1),
        ('sum(webgen_http_refusals_total{route="/v1/evaluations", reason="unprocessable"})', 1),
        ('sum(webgen_blob_bytes_total{way="written"})', 10_000),
        ("webgen_disk_free_bytes", 1),
        ("min(webgen_dependency_up)", 1),
    ],
)
def test_what_happened_was_counted(scene: Scene, expr: str, least: float) -> None:
    scene.prometheus.until(f"({expr}) >= {least}")


def test_every_panel_has_data_and_the_picture_is_drawn(scene: Scene, tmp_path: Path) -> None:
    span = Span(scene.started, time.time(), "1m")
    with httpx.Client(base_url=scene.prometheus.url, timeout=60.0, trust_env=False) as http:
        shown = [(panel, lines(http, panel, span)) for panel in panels(json.loads(DASHBOARD.read_text()))]
    kept = os.environ.get("WEBGEN_KEEP_PICTURE")
    picture = Path(kept) if kept else tmp_path / "dashboard.png"
    draw("webgen-reward", shown, picture)
    assert picture.stat().st_size > 50_000
    assert [panel.title for panel, found in shown if not found] == []


def test_logs_of_all_stages_have_the_ids_of_the_request(scene: Scene) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"X-Request-ID": "ask-1", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    rollout = small_rollout("traced").model_dump(mode="json")
    with client(scene.stack) as service:
        body = {"run": "traced", "rollouts": [rollout]}
        answer = httpx.post(f"{scene.stack.url}/v1/evaluations", json=body, headers=headers, timeout=60)
        (evaluation,) = answer.json()["evaluations"]
        service.wait([evaluation["id"]])
    found = [
        line for path in scene.stack.logs.glob("*.log") for line in lines_of(path) if line.get("trace_id") == trace
    ]
    ended = [line for line in found if line["event"] in ("stage ended", "stage reused")]
    assert {line["stage"] for line in ended} == {stage.value for stage in Stage}  # its dependencies were there already
    assert {(line["request_id"], line["evaluation_id"]) for line in ended} == {("ask-1", evaluation["id"])}
    assert any(line["event"] == "evaluation ended" for line in found)


def lines_of(log: Path) -> Iterator[dict[str, object]]:
    for line in log.read_text("utf-8", "replace").splitlines():
        if line.startswith("{"):
            with contextlib.suppress(ValueError):
                yield json.loads(line)


def test_alerts_of_a_stage_that_nobody_works_on(scene: Scene) -> None:
    names = [f"waiting-{number}" for number in range(WAITING)]
    with scene.frozen("build"):
        assert scene.post("waiting", *names) == 202
        scene.fires("WebgenStageNotWorked")
        scene.fires("WebgenQueueOld")
        with redis.Redis(unix_socket_path=str(redis_socket(scene.stack.data_dir))) as queues:
            assert queues.delete(Stage.LINT.value) == 1
        scene.fires("WebgenMessagesLost")
        while "WebgenQueueFull" not in scene.prometheus.firing():
            assert scene.post("waiting", *[f"refused-{number}" for number in range(10)]) == 429
        httpx.delete(f"{scene.stack.url}/v1/runs/waiting", timeout=60).raise_for_status()


def test_alert_of_a_reaper_that_hangs(scene: Scene) -> None:
    with scene.frozen("reaper"):
        scene.fires("WebgenReaperNotSweeping")


def test_alert_of_a_broker_that_hangs(scene: Scene) -> None:
    with scene.frozen("redis"):
        scene.fires("WebgenDependencyDown")
    scene.prometheus.until("min(webgen_dependency_up) == 1")


def test_alert_of_blobs_that_cannot_be_written(scene: Scene) -> None:
    blobs = scene.stack.data_dir / "blobs"
    away = blobs.rename(blobs.with_name("blobs-away"))
    blobs.write_text("no folder")
    try:
        number = 0
        while "WebgenGatewayErrors" not in scene.prometheus.firing():
            number += 1
            assert scene.post("unkept", f"unkept-{number}") == 503
    finally:
        blobs.unlink()
        away.rename(blobs)


def test_alert_of_a_gateway_that_hangs(scene: Scene) -> None:
    with scene.frozen("gateway"):
        scene.fires("WebgenGatewayAbsent")
