"""Alerts fire when they should and are quiet when they should be; each says what to do, and asks for metrics that
there are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.telemetry.catalogue import catalogue

ROOT = Path(__file__).parents[2]
RULES = ROOT / "helm/webgen-reward/files/rules.yaml"
CASES = Path(__file__).with_name("alerts.yaml")
SEVERITIES = {"page", "ticket", "info"}
SUFFIX = re.compile(r"_(bucket|sum|count)$")

with_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed: `make system`")


def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False, cwd=CASES.parent)


@with_promtool
def test_rules_are_valid() -> None:
    done = promtool("check", "rules", str(RULES))
    assert done.returncode == 0, done.stdout + done.stderr


@with_promtool
def test_alerts_fire_and_are_quiet_as_their_cases_say() -> None:
    done = promtool("test", "rules", CASES.name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    tested = [each for case in yaml.safe_load(CASES.read_text())["tests"] for each in case["alert_rule_test"]]
    assert {each["alertname"] for each in tested if each["exp_alerts"]} == set(alerts())


def test_every_alert_has_a_paragraph_that_its_address_leads_to() -> None:
    text = (ROOT / "docs/runbooks.md").read_text()
    assert re.findall(r"^### (\w+)$", text, re.M) == list(alerts())
    for name, rule in alerts().items():
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{name.lower()}"
        assert len(text.split(f"### {name}\n")[1].split("\n#")[0]) > 200


def test_every_alert_says_how_urgent_it_is() -> None:
    assert {rule["labels"]["severity"] for rule in alerts().values()} == SEVERITIES
    assert all(rule["annotations"]["summary"] for rule in alerts().values())


@pytest.mark.parametrize("path", [RULES, ROOT / "docs/runbooks.md", ROOT / "docs/metrics.md"], ids=lambda p: p.name)
def test_only_metrics_that_there_are_are_asked_for(path: Path) -> None:
    known = {metric.name for metric in catalogue()}
    asked = {SUFFIX.sub("", name) for name in re.findall(r"\bwebgen_[a-z_]+\b", path.read_text())}
    assert asked <= known
