"""Workers killed in every stage, Redis flushed and restarted, the gateway restarted: the same rewards, exactly once."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from reward_api.embedded import EmbeddedStack
from services.contract import Evaluation, Rollout, Status
from services.stages import ORDER
from tests.support.golden import load_all
from tests.support.stacks import RecordsView, client, running, wait_until
from tests.support.variants import completion, small_rollout, small_site

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(1_800)]
ROLLOUTS = 24
SITES = ("shop", "dashboard", "blog", "booking")

LEAN = {
    "package.json": json.dumps(
        {
            "name": "lean",
            "version": "0.0.0",
            "type": "module",
            "scripts": {"dev": "vite", "build": "vite build", "preview": "vite preview"},
            "dependencies": {"react": "^18.3.1", "react-dom": "^18.3.1"},
            "devDependencies": {"vite": "^5.4.2"},
        }
    ),
    "vite.config.ts": "export default { esbuild: { jsx: 'automatic' } };\n",
}
"""A site with a dependency set of its own, so that the resolve stage has something to do."""

FAILURES = {
    "no-source": "I would rather not.",
    "broken": completion(small_site("broken", src__App_dot_tsx="export default function App() { return <main>; }\n")),
    "blank": completion(small_site("blank", src__App_dot_tsx="export default function App() { return null; }\n")),
}


def lean_site() -> dict[str, str]:
    files = small_site("lean")
    kept = {path: text for path, text in files.items() if path.startswith("src/") or path == "index.html"}
    kept["src/index.css"] = "body { font-family: sans-serif; margin: 2rem; background: #eef; }\n"
    return kept | LEAN


def workload() -> list[Rollout]:
    """Four golden sites, three failures, one site with dependencies of its own; the rest small sites."""
    golden = {item.name: item for item in load_all()}
    rollouts = [small_rollout("lean", files=lean_site())]
    rollouts += [
        Rollout(id=n, instruction=golden[n].instruction, completion=golden[n].completion, step=0) for n in SITES
    ]
    rollouts += [Rollout(id=name, instruction="A page", completion=text, step=0) for name, text in FAILURES.items()]
    rollouts += [small_rollout(f"small-{number}") for number in range(ROLLOUTS - len(rollouts))]
    return rollouts


class Scoring(threading.Thread):
    """Scores the workload beside whatever the test does meanwhile."""

    def __init__(self, stack: EmbeddedStack) -> None:
        super().__init__(daemon=True)
        self._stack = stack
        self.ended: dict[str, Evaluation] = {}

    def run(self) -> None:
        with client(self._stack) as service:
            for evaluation in service.score(workload(), run="chaos", deadline=1_200):
                if evaluation is not None:
                    self.ended[evaluation.rollout_id] = evaluation


@contextmanager
def scoring(stack: EmbeddedStack) -> Iterator[Scoring]:
    thread = Scoring(stack)
    thread.start()
    yield thread
    thread.join(1_300)
    assert not thread.is_alive(), "the workload did not end"


def kill_in_every_stage(stack: EmbeddedStack) -> None:
    with RecordsView(stack) as records:
        for stage in ORDER:
            wait_until(lambda stage=stage: records.kill_holder(stage) is not None, f"a claim at {stage}")  # type: ignore[misc]


def disturb(stack: EmbeddedStack) -> None:
    """Everything that the service must survive, while it works."""
    kill_in_every_stage(stack)
    stack.kill("build")
    with redis.Redis(unix_socket_path=str(stack.data_dir / "run" / "redis.sock")) as broker:
        broker.flushall()
    stack.kill("gateway")
    stack.restart("redis")
    stack.kill("render")
    stack.kill("reaper")


@pytest.fixture
def sets() -> Iterator[dict[str, str]]:
    """An empty folder of sets, so that something is left to resolve. The sandbox's user must be able to read it."""
    with tempfile.TemporaryDirectory(prefix="wg-sets-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield {"WEBGEN_TOOLS__SETS": folder}


def test_chaos_changes_no_reward(sets: dict[str, str]) -> None:
    with running(environment=sets) as stack, scoring(stack) as disturbed:
        disturb(stack)
    with running(environment=sets) as stack:
        with scoring(stack) as calm:
            pass
        workers = {name: stack.log_tail(name) for name in ("build", "resolve", "render", "judge")}
    assert set(disturbed.ended) == set(calm.ended)
    assert len(calm.ended) == ROLLOUTS
    assert not {name: e.unscored_reason for name, e in calm.ended.items() if e.status is not Status.SCORED}, workers
    for name, evaluation in disturbed.ended.items():
        assert evaluation.status is Status.SCORED, f"{name}: {evaluation.unscored_reason}"
        assert outcome(evaluation) == outcome(calm.ended[name]), name
        stages = [report.stage for report in evaluation.reports]
        assert stages == list(ORDER[: len(stages)]), name


def outcome(evaluation: Evaluation) -> tuple[object, ...]:
    rules = sorted(finding.rule for report in evaluation.reports for finding in report.findings)
    return evaluation.reward, evaluation.band, evaluation.source_hash, evaluation.shot_hash, rules
