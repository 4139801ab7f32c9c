"""What one rank trains: several short trainings with several numbers of reward functions, and
what it saw of each. Told by a JSON file; answers with one a rank.

    python -m torch.distributed.run --standalone --nproc_per_node 2 tests/support/two_ranks.py TOLD.json
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

from tests.support import tiny_trainers
from trainer_client import ClientLimits, make_component_functions, make_reward_function

TRAINERS: dict[str, Any] = {"grpo": (GRPOTrainer, GRPOConfig), "rloo": (RLOOTrainer, RLOOConfig)}
LIMITS = ClientLimits(poll_seconds=0.2, progress_seconds=0.2)


def functions(url: str, run: str, names: list[str]) -> Any:
    if not names:
        return make_reward_function(url, run, limits=LIMITS, min_group_share=0.0)
    return make_component_functions(url, run, names=names, limits=LIMITS, min_group_share=0.0)


def train(told: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """One short training: of each step the names that this rank logged, and the rows of all ranks; TRL's own log."""
    trainer_class, configuration = TRAINERS[case["trainer"]]
    named: list[list[str]] = []
    steps: list[dict[str, list[Any]]] = []

    class Listening(trainer_class):  # type: ignore[misc, valid-type]
        def _calculate_rewards(self, *args: Any) -> Any:
            rewards = super()._calculate_rewards(*args)
            named.append(sorted(self._pending_metrics))
            return rewards

        def _generate_and_score_completions(self, inputs: Any) -> Any:
            scored = super()._generate_and_score_completions(inputs)
            steps.append(table(self._logs))
            return scored

    tokenizer = tiny_trainers.speaker(told["says"])
    folder = Path(told["folder"]) / case["name"]
    trainer = Listening(
        model=tiny_trainers.model(tokenizer),
        reward_funcs=functions(told["url"], case["name"], case["functions"]),
        args=configuration(**tiny_trainers.arguments(folder, tokenizer, told["says"], **case["arguments"])),
        train_dataset=tiny_trainers.prompts("make a shop", "make a blog", "a shop", "a blog"),
        processing_class=tokenizer,
    )
    trainer.train()
    return {"named": named, "steps": steps, "history": trainer.state.log_history}


def table(logs: Any) -> dict[str, list[Any]]:
    """TRL's table of the completions of one step, as it logs it where it logs it."""
    columns = {"completion": logs["completion"], "advantage": logs["advantages"], **logs["rewards"], **logs["extra"]}
    return {name: list(values) for name, values in columns.items()}


def main(path: str) -> None:
    told = json.loads(Path(path).read_text())
    seen = {case["name"]: train(told, case) for case in told["cases"]}
    (Path(told["folder"]) / f"rank-{os.environ['RANK']}.json").write_text(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])
