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
from trainer_client.trl import Options, stop_callback

TRAINERS: dict[str, Any] = {"grpo": (GRPOTrainer, GRPOConfig), "rloo": (RLOOTrainer, RLOOConfig)}
LIMITS = ClientLimits(poll_seconds=0.2, progress_seconds=0.2)


def functions(url: str, case: dict[str, Any]) -> list[Any]:
    """As many as the case names; ``stops_on`` is the one rank that ends the training where a reward is missing."""
    options: Options = {"limits": LIMITS, "min_group_share": 0.0, "on_nulls": "continue"}
    if case.get("stops_on") == int(os.environ["RANK"]):
        options |= {"on_nulls": "stop", "max_null_share": 0.0}
    if not case["functions"]:
        return [make_reward_function(url, case["name"], **options)]
    return make_component_functions(url, case["name"], names=case["functions"], **options)


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
    rewards = functions(told["url"], case)
    trainer = Listening(
        model=tiny_trainers.model(tokenizer),
        reward_funcs=rewards,
        args=configuration(**tiny_trainers.arguments(folder, tokenizer, told["says"], **case["arguments"])),
        train_dataset=tiny_trainers.prompts("make a shop", "make a blog", "a shop", "a blog"),
        processing_class=tokenizer,
        callbacks=[stop_callback(rewards[0])],
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
