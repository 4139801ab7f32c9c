"""Who works on what, and how many: queues, queries and limits are those of the Stage enum."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from charts import CHART, NAME, NAMESPACE, ROOT, WORKERS, find, parsed, pod, rendered, template

from services.stages import POLICIES, Stage
from services.telemetry.catalogue import catalogue

SOURCES = {
    "resolver": "build_worker/resolver.py",
    "build": "build_worker/worker.py",
    "render": "render_worker/worker.py",
    "judge": "services/judge/worker.py",
}
METRIC = re.compile(r"webgen_\w+")


def stages_of(component: str) -> set[str]:
    """The stages whose queues a worker takes from, as its program says."""
    source = (ROOT / SOURCES[component]).read_text()
    listed = re.search(r"stages=\(([^)]*)\)", source)
    assert listed
    return {Stage[name].value for name in re.findall(r"Stage\.(\w+)", listed[1])}


def scaled(component: str, **more: Any) -> dict[str, Any]:
    objects = parsed(template("production", more=more)) if more else rendered("production")
    spec: dict[str, Any] = find(objects, "ScaledObject", component)["spec"]
    return spec


def query(component: str) -> str:
    asked: str = scaled(component)["triggers"][0]["metadata"]["query"]
    return asked


def test_the_chart_knows_every_stage_and_its_limit() -> None:
    said = yaml.safe_load((CHART / "files/stages.yaml").read_text())["stages"]
    assert said == {stage.value: {"hardLimit": POLICIES[stage].hard_limit} for stage in Stage}


@pytest.mark.parametrize("component", WORKERS)
def test_a_worker_is_scaled_by_the_queues_that_it_takes_from(component: str) -> None:
    asked = set(re.findall(r'stage=~"([^"]+)"', query(component)))
    assert asked == {"|".join(stage.value for stage in Stage if stage.value in stages_of(component))}


def test_every_stage_has_one_kind_of_worker() -> None:
    assert sorted(stage for name in WORKERS for stage in stages_of(name)) == sorted(Stage)


@pytest.mark.parametrize("component", WORKERS)
def test_waiting_and_running_work_count_once_however_many_gateways_tell_them(component: str) -> None:
    asked = query(component)
    assert set(METRIC.findall(asked)) == {"webgen_evaluations_queued", "webgen_evaluations_running"}
    assert set(METRIC.findall(asked)) <= {each.name for each in catalogue()}
    assert asked.count("max by (stage)") == 2
    assert asked.count(f'namespace="{NAMESPACE}"') == 2


@pytest.mark.parametrize("component", WORKERS)
def test_a_pod_more_for_as_much_as_one_works_on(component: str) -> None:
    concurrency = {"build": "4", "render": "4"}.get(component, "4" if component == "judge" else "2")
    assert scaled(component)["triggers"][0]["metadata"]["threshold"] == concurrency
    env = {each["name"]: each.get("value") for each in pod(rendered("production"), component)["containers"][0]["env"]}
    assert env["WEBGEN_CONCURRENCY"] == concurrency


@pytest.mark.parametrize("component", WORKERS)
def test_workers_sleep_and_wake(component: str) -> None:
    spec = scaled(component)
    assert spec["minReplicaCount"] == 0
    assert spec["triggers"][0]["metadata"]["activationThreshold"] == "0"
    kind = "StatefulSet" if component == "resolver" else "Deployment"
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": kind, "name": f"{NAME}-{component}"}
    assert "replicas" not in find(rendered("production"), kind, component)["spec"]


def test_all_kinds_are_awake_after_an_upgrade_until_each_has_told_its_version() -> None:
    job = find(rendered("production"), "Job", "wake-1")
    labels = job["spec"]["template"]["metadata"]["labels"]
    for component in WORKERS:
        trigger = scaled(component)["triggers"][1]
        assert trigger["type"] == "kubernetes-workload"
        wanted = dict(part.split("=") for part in trigger["metadata"]["podSelector"].split(","))
        assert wanted.items() <= labels.items()
    assert pod([job], "wake")["containers"][0]["args"] == ["sleep", "1200"]


def test_without_prometheus_as_many_work_as_did() -> None:
    assert scaled("build")["fallback"]["behavior"] == "currentReplicasIfHigher"
    assert scaled("build")["fallback"]["replicas"] == 1
    assert scaled("build")["triggers"][0]["metadata"]["ignoreNullValues"] == "false"


def test_nothing_is_scaled_by_two() -> None:
    targets = [
        each["spec"]["scaleTargetRef"]["name"]
        for each in rendered("production")
        if each["kind"] in ("ScaledObject", "HorizontalPodAutoscaler")
    ]
    assert sorted(targets) == sorted(f"{NAME}-{name}" for name in ("gateway", *WORKERS))


def test_the_gateway_never_sleeps() -> None:
    assert find(rendered("production"), "HorizontalPodAutoscaler", "gateway")["spec"]["minReplicas"] == 2
    assert "replicas" not in find(rendered("production"), "Deployment", "gateway")["spec"]


def test_without_keda_there_are_as_many_as_was_said() -> None:
    said = {
        name: find(rendered("no-keda"), "Deployment", name)["spec"]["replicas"] for name in ("build", "render", "judge")
    }
    assert said == {"build": 3, "render": 3, "judge": 2}


def test_prometheus_finds_every_process() -> None:
    objects = rendered("production")
    (service,) = find(objects, "ServiceMonitor", "gateway")["spec"]["endpoints"]
    assert service["port"] in {port["name"] for port in find(objects, "Service", "gateway")["spec"]["ports"]}
    monitor = find(objects, "PodMonitor", "workers")["spec"]
    (expression,) = monitor["selector"]["matchExpressions"]
    assert set(expression["values"]) == {"reaper", *WORKERS}
    for name in expression["values"]:
        ports = {port["name"] for port in pod(objects, name)["containers"][0]["ports"]}
        assert monitor["podMetricsEndpoints"][0]["port"] in ports
