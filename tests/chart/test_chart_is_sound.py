"""Every variant of the chart is rendered, and fits Kubernetes' own schemas; what is made is as it would be made now."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from charts import CHART, NAME, NEWEST, ROOT, VARIANTS, faults, find, helm, rendered, template, values_of

FOREIGN = {"keda.sh/v1alpha1", "monitoring.coreos.com/v1"}
"""Kinds whose schemas come with the operators that read them."""


def test_the_variants_are_those_that_people_need() -> None:
    assert set(VARIANTS) == {"minimal", "production", "gvisor", "external", "no-keda"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_lint_finds_nothing(variant: str) -> None:
    done = helm("lint", "--strict", "--kube-version", NEWEST[-1], str(CHART), "--values", values_of(variant))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", NEWEST)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_object_fits_the_schema_strictly(variant: str, version: str) -> None:
    own = [each for each in rendered(variant) if each["apiVersion"] not in FOREIGN]
    assert [fault for each in own for fault in faults(each, version)] == []


@pytest.mark.parametrize("version", NEWEST)
def test_a_misspelt_field_would_be_found(version: str) -> None:
    wrong = copy.deepcopy(find(rendered("minimal"), "Deployment", "build"))
    wrong["spec"]["template"]["spec"]["hostUser"] = wrong["spec"]["template"]["spec"].pop("hostUsers")
    assert "hostUser" in "".join(faults(wrong, version))


def test_objects_of_others_are_those_that_were_asked_for() -> None:
    foreign = {
        variant: {each["kind"] for each in rendered(variant)} & {"ScaledObject", "PrometheusRule"}
        for variant in VARIANTS
    }
    assert foreign == {name: {"ScaledObject", "PrometheusRule"} if name == "production" else set() for name in VARIANTS}


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_two_objects_have_one_name(variant: str) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in rendered(variant)]
    assert len(names) == len(set(names))
    assert all(name.startswith(NAME) for _, name in names)


def test_what_is_made_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "helm.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"gatway": {}}, "gatway"),
        ({"gateway": {"settings": {"max_quued": 1}}}, "max_quued"),
        ({"gateway": {"settings": {"max_queued": 0}}}, "max_queued"),
        ({"judge": {"settings": {"judge": {"api_key": "secret"}}}}, "api_key"),
        ({"settings": {"blobs": {"s3": {"secret_key": "secret"}}}}, "secret_key"),
        ({"settings": {"judge_costs": {"prices": {"m": {"prompt": -1, "completion": 1}}}}}, "prompt"),
        ({"build": {"replicas": "three"}}, "replicas"),
    ],
)
def test_a_value_that_is_none_is_refused_by_name(more: dict[str, Any], said: str) -> None:
    done = template("minimal", more=more)
    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize(
    ("variant", "more", "said"),
    [
        ("minimal", {"judge": {"settings": {"judge": {"kind": None}}}}, "judge.settings.judge.kind"),
        ("minimal", {"redis": {"builtin": {"enabled": False}}}, "redis.external.secretName"),
        ("minimal", {"postgresql": {"builtin": {"enabled": False}}}, "postgresql.external.secretNames."),
        ("external", {"networkPolicy": {"s3": {"to": []}}}, "networkPolicy.s3.to"),
    ],
)
def test_what_an_installation_lacks_is_said(variant: str, more: dict[str, Any], said: str) -> None:
    done = template(variant, more=more)
    assert done.returncode != 0
    assert said in done.stderr


def test_alerts_and_dashboard_are_the_files_themselves() -> None:
    objects = rendered("production")
    rules = yaml.safe_load(
        (CHART / "files/rules.yaml").read_text().replace("docs/runbooks.md", "https://docs.example/runbooks.md")
    )
    assert find(objects, "PrometheusRule", "alerts")["spec"] == rules
    (board,) = find(objects, "ConfigMap", "dashboard")["data"].values()
    assert json.loads(board) == json.loads((CHART / "files/dashboard.json").read_text())


def test_the_package_holds_no_variants(tmp_path: Path) -> None:
    done = helm("package", str(CHART), "--destination", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (package,) = tmp_path.iterdir()
    shutil.unpack_archive(package, tmp_path, filter="data")
    assert not (tmp_path / "webgen-reward/ci").exists()
    assert (tmp_path / "webgen-reward/files/rules.yaml").exists()
