"""A Prometheus of a test's own, on loopback, over the processes that a stack names and the chart's rules."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from reward_api.embedded.folder import free_port

RULES = Path(__file__).resolve().parents[2] / "helm/webgen-reward/files/rules.yaml"
SCRAPE_SECONDS = 3
LOOK_SECONDS = 0.5


class Prometheus:
    """Attributes:
    url: where it answers.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=30.0, trust_env=False)

    def ask(self, expr: str) -> dict[tuple[tuple[str, str], ...], float]:
        """What an expression is worth now: labels -> value."""
        answer = self._http.get("/api/v1/query", params={"query": expr})
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return {tuple(sorted(each["metric"].items())): float(each["value"][1]) for each in found}

    def firing(self) -> set[str]:
        """Names of the alerts that fire now."""
        return {dict(labels)["alertname"] for labels in self.ask('ALERTS{alertstate="firing"}')}

    def until(self, expr: str, patience: float = 240.0) -> None:
        """Wait until an expression has a value.

        Raises:
            AssertionError: not within the patience, in seconds.
        """
        end = time.monotonic() + patience
        while not self.ask(expr):
            assert time.monotonic() < end, f"not within {patience:g} s: {expr}; firing: {sorted(self.firing())}"
            time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        self._http.close()


def quickened(rules: str, factor: int) -> str:
    """The same rules in a world that is so many times faster: windows, patience, and thresholds that are ages."""

    def seconds(match: re.Match[str]) -> str:
        return f"{match[1]}{max(1, 60 * int(match[2]) // factor)}s{match[3]}"

    rules = re.sub(r"(\[)(\d+)m(\])", seconds, rules)
    rules = re.sub(r"(for: )(\d+)m($)", seconds, rules, flags=re.M)
    return re.sub(r"(_seconds\S*\)) > (\d+)", lambda m: f"{m[1]} > {max(2, int(m[2]) // factor)}", rules)


@contextlib.contextmanager
def prometheus(targets: Path, *, factor: int = 20) -> Iterator[Prometheus]:
    """Scrapes the processes that have files in ``targets``; ends with the block.

    Args:
        factor: by how much the rules are quickened.
    """
    assert shutil.which("prometheus"), "Prometheus is not installed: run `make system`"
    with tempfile.TemporaryDirectory(prefix="prometheus-") as name:
        folder = Path(name)
        (folder / "rules.yaml").write_text(quickened(RULES.read_text(), factor))
        (folder / "config.yaml").write_text(_config(folder, targets))
        address = f"127.0.0.1:{free_port('127.0.0.1', 0)}"
        stored = (f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}", "--log.level=warn")
        with (
            subprocess.Popen(["prometheus", f"--config.file={folder / 'config.yaml'}", *stored]) as process,
            contextlib.closing(Prometheus(f"http://{address}")) as found,
        ):
            try:
                _await(found, process)
                yield found
            finally:
                process.kill()


def _config(folder: Path, targets: Path) -> str:
    return f"""
global: {{scrape_interval: {SCRAPE_SECONDS}s, scrape_timeout: {SCRAPE_SECONDS}s, evaluation_interval: 1s}}
rule_files: ["{folder}/rules.yaml"]
scrape_configs:
  - job_name: webgen-reward
    file_sd_configs: [{{files: ["{targets}/*.json"], refresh_interval: 2s}}]
"""


def _await(found: Prometheus, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "Prometheus did not start"
        with contextlib.suppress(httpx.HTTPError):
            found.ask("vector(1)")
            return
        time.sleep(LOOK_SECONDS)
    raise AssertionError("Prometheus did not answer")
