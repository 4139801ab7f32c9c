"""What the images hold, and what they do not."""

from __future__ import annotations

import pytest

from tests.support.compose_stack import docker, inspected

OURS = ("gateway", "resolver", "build", "render", "judge")
ALL = (*OURS, "redis", "postgres", "prometheus")
MEGABYTES = {"gateway": 235, "judge": 250, "resolver": 450, "build": 550, "render": 900, "redis": 110, "postgres": 260}
TOOLS = ("gcc", "cc", "g++", "make", "ld", "strip", "pip", "pip3", "git", "curl", "wget")


@pytest.fixture(params=ALL)
def image(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def shell(image: str, script: str) -> str:
    done = docker("run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", f"webgen-reward/{image}", "-c", script)
    return done.stdout


def test_it_runs_as_nobody_special_under_an_init_and_says_its_health(image: str) -> None:
    config = inspected(f"webgen-reward/{image}")["Config"]
    assert isinstance(config, dict)
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"][0].endswith("tini")
    assert config["Healthcheck"]["Test"][0] == "CMD"
    labels = config["Labels"]
    assert {f"org.opencontainers.image.{name}" for name in ("title", "description", "version", "revision")} <= set(
        labels
    )


def test_it_holds_no_compiler_no_cache_and_nothing_of_the_build(image: str) -> None:
    found = shell(
        image, f"command -v {' '.join(TOOLS)}; ls -d /run/secrets/* /root/.npm /root/.cache /pip /source /wheel"
    )
    assert found == ""
    left = (
        "find / -xdev \\( -name .npmrc -o -name '_cacache' -o -name '.npm' -o -name 'apt.conf' \\) -size +0 2>/dev/null"
    )
    assert shell(image, left) == ""
    assert shell(image, "ls /var/lib/apt/lists /var/cache/apt 2>/dev/null | grep -v :$").strip() == ""


@pytest.mark.parametrize(("name", "most"), MEGABYTES.items())
def test_it_is_small(name: str, most: int) -> None:
    size = inspected(f"webgen-reward/{name}")["Size"]
    assert isinstance(size, int)
    assert size < most * 1_000_000
