"""The tiny Qwen2 that writes sites, warmed up to the format, and what it would write: exactly, by enumeration."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import prod

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from benchmarks.learning.pieces import SLOTS, Combination, all_combinations
from benchmarks.learning.tokens import INSTRUCTION, make_tokenizer, rest_id, slot_ids
from benchmarks.learning.worth import LOWEST, worth

WARM_STEPS, WARM_BATCH, WARM_RATE = 120, 64, 1e-2
WIDTH, LAYERS = 32, 2

FIRST: dict[str, tuple[float, ...]] = {
    "think": (0.25, 0.25, 0.25, 0.25),
    "manifest": (0.4, 0.3, 0.15, 0.15),
    "router": (0.3, 0.4, 0.15, 0.15),
    "page": (0.2, 0.2, 0.3, 0.15, 0.15),
    "style": (0.25, 0.25, 0.25, 0.25),
}
"""Slot -> how often each variant stands in the texts of the warm-up."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A model and its tokenizer."""

    model: Qwen2ForCausalLM
    tokenizer: PreTrainedTokenizerFast


def make_policy(seed: int) -> Policy:
    """A policy to train; the warm-up of each seed is done once."""
    return deepcopy(_warmed(seed))


@cache
def _warmed(seed: int) -> Policy:
    """A model of random weights, warmed up on combinations drawn by `FIRST`: it has learnt the order of the slots, and
    nothing of what fits what."""
    torch.manual_seed(seed)
    tokenizer = make_tokenizer()
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        tie_word_embeddings=False,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    policy = Policy(Qwen2ForCausalLM(config), tokenizer)
    _warm_up(policy)
    return policy


def _warm_up(policy: Policy) -> None:
    """Supervised steps on the combinations' sequences, each as often as `FIRST` says."""
    sequences, start = _sequences(policy.tokenizer)
    weights = torch.tensor([prod(variants) for variants in product(*(FIRST[slot] for slot in SLOTS))])
    optimizer = torch.optim.AdamW(policy.model.parameters(), lr=WARM_RATE)
    policy.model.train()
    for _ in range(WARM_STEPS):
        batch = sequences[torch.multinomial(weights, WARM_BATCH, replacement=True)]
        logits = policy.model(batch[:, :-1]).logits[:, start - 1 :]
        loss = cross_entropy(logits.flatten(0, 1), batch[:, start:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    policy.model.eval()


def chances(policy: Policy) -> dict[Combination, float]:
    """The probability of every combination at temperature 1. What is missing to 1 is text of another form."""
    sequences, start = _sequences(policy.tokenizer)
    # Left as it was found: a trainer logs what it has under the mode that its model is in.
    was_training = policy.model.training
    policy.model.eval()
    with torch.inference_mode():
        logs = policy.model(sequences[:, :-1]).logits[:, start - 1 :].log_softmax(-1)
        chosen = logs.gather(-1, sequences[:, start:, None]).squeeze(-1)
    policy.model.train(was_training)
    return dict(zip(all_combinations(), chosen.sum(-1).exp().tolist(), strict=True))


def expected_reward(chances: Mapping[Combination, float]) -> float:
    """The mean reward without noise; text of another form counts as the lowest."""
    other = 1.0 - sum(chances.values())
    return sum(chance * worth(combination).reward for combination, chance in chances.items()) + LOWEST * other


def hack_share(chances: Mapping[Combination, float]) -> float:
    """The probability that a completion holds any way to game the reward."""
    return sum(chance for combination, chance in chances.items() if combination.hacks)


def share_of(chances: Mapping[Combination, float], slot: str, variant: str) -> float:
    return sum(chance for combination, chance in chances.items() if getattr(combination, slot) == variant)


def _sequences(tokenizer: PreTrainedTokenizerFast) -> tuple[torch.Tensor, int]:
    """Prompt and completion of every combination, in order; and where completions start."""
    prompt = list(tokenizer(INSTRUCTION)["input_ids"])
    assert tokenizer.eos_token_id is not None, "the tokenizer was made with one"
    end = [rest_id(tokenizer), int(tokenizer.eos_token_id)]
    ids = slot_ids(tokenizer)
    rows = [prompt + list(chosen) + end for chosen in product(*(ids[slot] for slot in SLOTS))]
    return torch.tensor(rows), len(prompt)
