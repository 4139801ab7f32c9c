"""What Helm tells who installs the chart, and what it asks the cluster meanwhile."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from charts import CHART, NAME, NAMESPACE, RELEASE, VARIANTS, find, helm, parsed, rendered, values_of
from kube_api import kube_api


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Path]:
    with kube_api(tmp_path) as config:
        yield config


def notes(cluster: Path, variant: str) -> str:
    dry = ("--dry-run=client", "--disable-openapi-validation", "--kubeconfig", str(cluster))
    done = helm("install", RELEASE, str(CHART), "--namespace", NAMESPACE, *dry, "--values", values_of(variant))
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("NOTES:\n")[2]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_object_that_the_notes_name_is_made(cluster: Path, variant: str) -> None:
    named = re.findall(r"(deployment|service)/(\S+)", notes(cluster, variant))
    made = {(each["kind"].lower(), each["metadata"]["name"]) for each in rendered(variant)}
    assert len(named) >= 6
    assert set(named) <= made


def test_commands_are_of_the_namespace_and_the_command_line_knows_them(cluster: Path) -> None:
    commands = [line.strip() for line in notes(cluster, "minimal").splitlines() if line.startswith("     kubectl")]
    assert all(command.startswith(f"kubectl -n {NAMESPACE} ") for command in commands)
    (made,) = [command.partition(" -- webgen-reward ")[2] for command in commands if " -- webgen-reward " in command]
    assert shlex.split(made) == ["keys", "create", "trainer", "--scope", "submit", "--scope", "read"]


def test_the_address_for_trainers_is_that_of_the_service(cluster: Path) -> None:
    port = find(rendered("minimal"), "Service", "gateway")["spec"]["ports"][0]["port"]
    assert f"http://{NAME}-gateway.{NAMESPACE}:{port}" in notes(cluster, "minimal")


def test_who_grades_is_said_and_that_the_heuristic_judge_is_no_teacher(cluster: Path) -> None:
    assert "Its judge is heuristic, which is for trying things out and not for training." in notes(cluster, "minimal")
    assert "Its judge is vlm." in notes(cluster, "external")


def test_what_is_for_trials_is_told_where_it_is_installed(cluster: Path) -> None:
    assert "Of the built-in Redis and PostgreSQL there is one pod" in notes(cluster, "minimal")
    assert "built-in" not in notes(cluster, "external")
    assert "Blobs are in the claim" not in notes(cluster, "external")
    assert "profile" not in notes(cluster, "gvisor")


def test_a_password_that_was_made_is_kept(tmp_path: Path) -> None:
    kept = {"password": base64.b64encode(b"as-it-was").decode()}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{NAME}-redis"}, "data": kept}
    with kube_api(tmp_path, {f"/api/v1/namespaces/{NAMESPACE}/secrets/{NAME}-redis": secret}) as config:
        asked = ("--namespace", NAMESPACE, "--dry-run=server", "--kubeconfig", str(config), "--kube-version", "1.37.0")
        objects = parsed(helm("template", RELEASE, str(CHART), *asked, "--values", values_of("minimal")))
    assert find(objects, "Secret", "redis")["stringData"]["password"] == "as-it-was"
    assert find(objects, "Secret", "redis")["stringData"]["url"] == f"redis://webgen:as-it-was@{NAME}-redis:6379/0"
    assert find(objects, "Secret", "records-owner")["stringData"]["password"] != "as-it-was"
