"""Two ranks train with one, two and three reward functions, GRPO and RLOO, while some rollouts have no reward: rows
keep their rewards, unscored ones are left out, both ranks log the same names at every step, and nothing hangs."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas
import pytest

from tests.support.told_gateway import told_gateway
from tests.support.told_runs import told

PATIENCE = 900.0
STEPS = 2
COMPONENTS = ("appearance", "functional", "format")
CASES = [
    {
        "name": f"{trainer}-{len(names)}",
        "trainer": trainer,
        "functions": names,
        "arguments": {"max_steps": STEPS, **more},
    }
    for trainer, more in (("grpo", {"scale_rewards": "none"}), ("rloo", {"beta": 0.0}))
    for names in ([], list(COMPONENTS[:2]), list(COMPONENTS))
]
NAMES = [str(case["name"]) for case in CASES]
STOPPED = {
    "name": "stopped",
    "trainer": "grpo",
    "functions": [],
    "stops_on": 1,
    "arguments": {"max_steps": 40, "save_strategy": "steps", "save_steps": 40},
}


@dataclass(frozen=True)
class Seen:
    ranks: list[dict[str, Any]]
    tables: dict[str, pandas.DataFrame]
    checkpoints: list[str]


def plan(ends: str, **said: Any) -> str:
    completion = told(ends, **said).completion
    assert isinstance(completion, str)
    return completion


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    """All trainings in one launch: most of the time is spent on loading libraries."""
    with tempfile.TemporaryDirectory(prefix="wg-ranks-") as name:
        folder = Path(name)
        says = [plan("judge", looks=float(n), source=f"site {n}") for n in range(4)]
        says += [plan("build", source="broken"), plan("outage", source="a"), plan("outage", source="b")]
        with told_gateway(folder) as gateway:
            said = {"url": gateway.url, "says": says, "folder": str(folder), "cases": [*CASES, STOPPED]}
            (folder / "told.json").write_text(json.dumps(said))
            launched(folder / "told.json")
        ranks = [json.loads((folder / f"rank-{rank}.json").read_text()) for rank in range(2)]
        kept = [path.name for path in (folder / "stopped").glob("checkpoint-*")]
        yield Seen(ranks, {case: table(ranks[0][case]) for case in NAMES}, kept)


def launched(path: Path) -> None:
    """As ``accelerate launch`` starts several processes; with ``--cpu`` and without MPI it starts one alone."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*command, "tests/support/two_ranks.py", str(path)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"},
        timeout=PATIENCE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]


def table(rank: dict[str, Any]) -> pandas.DataFrame:
    return pandas.concat([pandas.DataFrame(step) for step in rank["steps"]])


def expected(completion: str, name: str) -> float | None:
    """What a function gives for a completion that says what becomes of it."""
    said = json.loads(completion)
    if said["ends"] == "outage":
        return None
    built = said["ends"] == "judge"
    looks = said["looks"] if built else 0.0
    whole = looks + 0.2 if built else -0.3
    return {"webgen_reward": whole, "appearance": looks, "functional": float(built), "format": 1.0}[name]


def functions(case: str) -> tuple[str, ...]:
    count = int(case[-1])
    return COMPONENTS[:count] if count else ("webgen_reward",)


@pytest.mark.parametrize("case", NAMES)
def test_every_row_of_both_ranks_has_its_own_rewards(seen: Seen, case: str) -> None:
    rows = seen.tables[case]
    assert len(rows) == STEPS * 16
    assert rows["completion"].str.contains('"outage"').any()
    for name in functions(case):
        for completion, reward in zip(rows["completion"], rows[name], strict=True):
            wanted = expected(completion, name)
            assert math.isnan(reward) if wanted is None else reward == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("case", NAMES)
def test_unscored_rows_teach_nothing_and_are_in_no_groups_mean(seen: Seen, case: str) -> None:
    rows = seen.tables[case]
    weights = [1.0 for _ in functions(case)]
    for start in range(0, len(rows), 4):
        group = rows.iloc[start : start + 4]
        totals = [
            sum(w * v for w, v in zip(weights, values, strict=True)) for values in group[list(functions(case))].values
        ]
        scored = [total for total in totals if not math.isnan(total)]
        for total, advantage in zip(totals, group["advantage"], strict=True):
            assert advantage == pytest.approx(advantage_of(total, scored, case), abs=1e-4)


def advantage_of(total: float, scored: list[float], case: str) -> float:
    if math.isnan(total):
        return 0.0
    if case.startswith("grpo"):
        return total - fmean(scored)
    others = len(scored) - 1
    return total - (sum(scored) - total) / others if others else 0.0


@pytest.mark.parametrize("case", NAMES)
def test_both_ranks_log_the_same_names_at_every_step(seen: Seen, case: str) -> None:
    first, second = (rank[case]["named"] for rank in seen.ranks)
    assert len(first) == STEPS
    assert first == second
    assert len({tuple(names) for names in first}) == 1
    logged = [entry for entry in seen.ranks[0][case]["history"] if "reward" in entry]
    assert len(logged) == STEPS
    assert all(set(first[0]) <= set(entry) for entry in logged)


@pytest.mark.parametrize("case", NAMES)
def test_what_is_logged_is_the_mean_over_both_ranks(seen: Seen, case: str) -> None:
    entries = [entry for entry in seen.ranks[0][case]["history"] if "reward" in entry]
    rows = seen.tables[case]
    for step, entry in enumerate(entries):
        outcomes = list(rows["webgen/outcome"].iloc[step * 16 : step * 16 + 16])
        assert entry["webgen/null/judge"] == pytest.approx(outcomes.count("null: judge") / 16)
        assert entry["webgen/band/rendered"] == pytest.approx(outcomes.count("rendered") / 16)
        assert entry["webgen/band/build-failed"] == pytest.approx(outcomes.count("build-failed") / 16)
        assert entry["webgen/scored"] == pytest.approx(1 - entry["webgen/null/judge"])


def test_one_rank_that_stops_stops_both_at_one_checkpoint(seen: Seen) -> None:
    steps = [len(rank["stopped"]["named"]) for rank in seen.ranks]
    assert steps[0] == steps[1] < 40
    assert seen.checkpoints == [f"checkpoint-{steps[0]}"]
