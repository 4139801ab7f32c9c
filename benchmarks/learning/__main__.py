"""GRPO learns against the running service, on CPU: ``make demo-train``.

A tiny Qwen2 writes sites in pieces; the real GRPOTrainer trains it with the real reward function against an embedded
stack that lints, builds and renders for real. The judge is a scripted VLM that looks at the screenshots, with noise.
Ends with status 1 where a training does not come to 90 % of the enumerated optimum, or a control does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.learning.arms import Reward, constant, lost, shuffled
from benchmarks.learning.live import NOISE, Service, check_all, live, service
from benchmarks.learning.pieces import all_combinations
from benchmarks.learning.plot import draw
from benchmarks.learning.training import GOAL, MOST_HACKS, Plan, Trained, train
from benchmarks.learning.worth import mean_worth, optimum
from tests.support.vlm_grades import Temper

LOST = 0.3
OUTAGE, STYLE = 0.6, "night"
"""Share of the rewards of one style, the best one, that outages take."""


def arms(running: Service, seeds: int, steps: int) -> Iterator[tuple[str, Plan, Reward, bool]]:
    """Name, plan and reward function of each training, and whether it must learn."""
    for seed in range(seeds):
        yield f"seed {seed}", Plan(seed, steps), live(running, f"seed-{seed}"), True
    plan = Plan(0, steps)
    yield "30 % None", plan, lost(live(running, "nulls"), LOST, seed=0), True
    yield "control: shuffled", plan, shuffled(live(running, "shuffled"), plan.group, seed=0), False
    yield "control: constant", plan, constant(1.0), False
    yield "outages as None", plan, lost(live(running, "outages"), OUTAGE, seed=0, style=STYLE), True
    yield "outages as 0", plan, lost(live(running, "zeros"), OUTAGE, seed=0, style=STYLE, instead=0.0), False


def row(name: str, trained: Trained, must: bool) -> str:
    last = trained.steps[-1]
    measured = f"{trained.reached:9.1%} {last.hacks:9.2%} {last.styles[STYLE]:9.1%}"
    verdict = "learned" if trained.learned else "did not learn"
    wrong = "" if trained.learned == must else "  <- NOT AS IT MUST BE"
    return f"{name:20} {len(trained.steps):5} {measured}   {verdict}{wrong}"


def figures(trained: Trained) -> dict[str, object]:
    return {
        "reached": trained.reached,
        "expected": [step.expected for step in trained.steps],
        "hacks": [step.hacks for step in trained.steps],
        "styles": [step.styles for step in trained.steps],
        "log": trained.log,
    }


def run(seeds: int, steps: int, out: Path, *, every: bool) -> int:
    """Everything; the exit status."""
    out.mkdir(parents=True, exist_ok=True)
    found: dict[str, Trained] = {}
    wrong = 0
    with service(noise=0.0) as running:
        scored = check_all(running, run="all", every=every)
        print(f"{scored} of {len(all_combinations())} combinations scored without noise: each as foretold")
        print(f"optimum {optimum():.2f}, chance {mean_worth():.2f}, goal {GOAL:.0%}, hacks below {MOST_HACKS:.0%}\n")
        print(f"{'':20} steps   reached     hacks  {STYLE:>8}", flush=True)
        running.vlm.temper = Temper(noise=NOISE)
        for name, plan, reward, must in arms(running, seeds, steps):
            found[name] = train(plan, reward)
            wrong += found[name].learned != must
            print(row(name, found[name], must), flush=True)
            keep(found, seeds, out)
    print(f"plots: {out}")
    return 1 if wrong else 0


def keep(found: dict[str, Trained], seeds: int, out: Path) -> None:
    """Write figures and plots of the trainings so far."""
    (out / "figures.json").write_text(json.dumps({name: figures(one) for name, one in found.items()}))
    for file, names in (("seeds", list(found)[:seeds]), ("others", list(found)[seeds:])):
        if names:
            picture = draw(f"GRPO against the running service: {file}", {name: found[name] for name in names})
            (out / f"{file}.png").write_bytes(picture)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path(".demo/train"))
    parser.add_argument("--every", action="store_true", help="have every combination scored, not only every site")
    given = parser.parse_args()
    sys.exit(run(given.seeds, given.steps, given.out, every=given.every))


if __name__ == "__main__":
    main()
