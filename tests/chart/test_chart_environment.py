"""What a process is told in its pod is what its settings class reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from charts import NAME, PROCESSES, environment, parsed, pod, rendered, template
from pydantic import BaseModel

from services.settings import (
    BuildSettings,
    GatewaySettings,
    JudgeSettings,
    ReaperSettings,
    RenderSettings,
    ResolveSettings,
)
from services.settings.processes import ProcessSettings

CLASSES: dict[str, type[ProcessSettings]] = {
    "gateway": GatewaySettings,
    "reaper": ReaperSettings,
    "resolver": ResolveSettings,
    "build": BuildSettings,
    "render": RenderSettings,
    "judge": JudgeSettings,
}


def names(cls: type[BaseModel], prefix: str) -> Iterator[str]:
    """Every variable that a class reads, and those of its groups."""
    for name, field in cls.model_fields.items():
        own = f"{prefix}{name.upper()}"
        yield own
        for each in (field.annotation, *get_args(field.annotation)):
            if isinstance(each, type) and issubclass(each, BaseModel):
                yield from names(each, f"{own}__")


def told(variant: str, component: str, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Any:
    """A process's settings as read from its pod's variables; a secret's value stands as its name and key."""
    objects = parsed(template(variant, more=more)) if more else rendered(variant)
    for name, value in environment(pod(objects, component)).items():
        monkeypatch.setenv(name, value if isinstance(value, str) else f"{value['name']}:{value['key']}")
    return CLASSES[component]()


@pytest.mark.parametrize("variant", ["minimal", "external", "production"])
@pytest.mark.parametrize("component", PROCESSES)
def test_no_variable_is_one_that_nobody_reads(component: str, variant: str) -> None:
    given = {name for name in environment(pod(rendered(variant), component)) if name.startswith("WEBGEN_")}
    assert given <= set(names(CLASSES[component], "WEBGEN_"))


@pytest.mark.parametrize("component", PROCESSES)
def test_stores_are_those_of_the_secrets(component: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = told("minimal", component, monkeypatch)
    assert settings.broker.url == f"{NAME}-redis:url"
    assert settings.records.url.get_secret_value() == f"{NAME}-records-{component}:url"


@pytest.mark.parametrize("component", [name for name in PROCESSES if name != "gateway"])
def test_metrics_are_told_where_the_policy_lets_prometheus_in(component: str, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = told("minimal", component, monkeypatch).metrics
    assert (metrics.host, metrics.port) == ("0.0.0.0", 9100)  # noqa: S104


def test_numbers_lists_and_tables_arrive_as_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = told("external", "resolver", monkeypatch)
    assert resolver.share_sets
    assert resolver.tools.sets_bytes == 30_000_000_000
    assert resolver.tarballs == ("https://files.example",)
    assert str(resolver.tools.resolve_before) == "2026-06-01"
    assert resolver.blobs.s3.bucket == "webgen-blobs"
    assert resolver.blobs.s3.secret_key.get_secret_value() == "bucket-keys:secret-key"
    assert resolver.log_level == "WARNING"


def test_the_judge_is_told_who_grades_and_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = told("external", "judge", monkeypatch)
    assert (judge.judge.kind, judge.judge.model) == ("vlm", "Qwen/Qwen2.5-VL-7B-Instruct")
    assert judge.judge.limits.concurrency == 32
    assert judge.judge.api_key.get_secret_value() == "judge-key:api-key"
    assert (float(judge.judge_costs.prices["Qwen/*"].completion), judge.judge_costs.budget) == (1.5, 250)


def test_what_must_be_the_same_everywhere_is_told_to_all_who_read_it() -> None:
    told_to: dict[str, set[str]] = {}
    for component in PROCESSES:
        for name in environment(pod(rendered("external"), component)):
            told_to.setdefault(name, set()).add(component)
    builders = {"resolver", "build", "render"}
    assert told_to["WEBGEN_LOG_LEVEL"] == set(PROCESSES)
    assert told_to["WEBGEN_TOOLS__LANE"] == builders
    assert told_to["WEBGEN_TOOLS__RESOLVE_BEFORE"] == builders
    assert told_to["WEBGEN_JUDGE_COSTS__PRICES"] == {"gateway", "judge"}
    assert told_to["WEBGEN_BLOBS__S3__BUCKET"] == set(PROCESSES) - {"reaper"}


def test_a_setting_that_is_off_is_told_as_off(monkeypatch: pytest.MonkeyPatch) -> None:
    shots = {"judge": {"settings": {"judge": {"shots": {"mobile": False, "routes": 0}}}}}
    judge = told("minimal", "judge", monkeypatch, **shots)
    assert not judge.judge.shots.mobile
    assert judge.judge.shots.routes == 0


def test_certificates_and_such_reach_the_process_that_they_are_for() -> None:
    spec = pod(rendered("external"), "gateway")
    assert environment(spec)["SSL_CERT_FILE"] == "/etc/certificates/ca.crt"
    assert {"name": "certificates", "configMap": {"name": "certificates"}} in spec["volumes"]
    assert "SSL_CERT_FILE" not in environment(pod(rendered("external"), "judge"))
