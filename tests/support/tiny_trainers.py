"""A language model of a few thousand weights that speaks in whole completions: each token of its tokenizer is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

PAD, EOS, UNKNOWN = "<pad>", "<eos>", "<unk>"
CHAT = "{% for m in messages %}{{ m['content'] + ' ' }}{% endfor %}"


def speaker(says: Sequence[str], words: Sequence[str] = ("make", "a", "shop", "blog")) -> PreTrainedTokenizerFast:
    """A tokenizer whose tokens are the texts that the model may say, and the words of its prompts."""
    vocabulary = {token: number for number, token in enumerate([PAD, EOS, UNKNOWN, *words, *says])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.Fuse()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=PAD, eos_token=EOS, unk_token=UNKNOWN)
    fast.padding_side = "left"
    fast.chat_template = CHAT
    return fast


def model(tokenizer: PreTrainedTokenizerFast, seed: int = 0) -> Qwen2ForCausalLM:
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
        tie_word_embeddings=False,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    return Qwen2ForCausalLM(config)


def prompts(*texts: str, chat: bool = False, **columns: Sequence[Any]) -> Dataset:
    said = [[{"role": "user", "content": text}] for text in texts] if chat else list(texts)
    return Dataset.from_dict({"prompt": said, **{name: list(values) for name, values in columns.items()}})


def arguments(folder: Path, tokenizer: PreTrainedTokenizerFast, says: Sequence[str], **more: Any) -> dict[str, Any]:
    """Of a GRPO or RLOO configuration: every completion is one of ``says`` and the end token."""
    spoken = {*says, EOS}
    silent = [number for number in range(len(tokenizer)) if tokenizer.convert_ids_to_tokens(number) not in spoken]
    ends = {"suppress_tokens": silent, "min_new_tokens": 1, "forced_eos_token_id": tokenizer.eos_token_id}
    return {
        "output_dir": str(folder),
        "use_cpu": True,
        "bf16": False,
        "report_to": [],
        "save_strategy": "no",
        "logging_steps": 1,
        "max_steps": 2,
        "num_generations": 4,
        "per_device_train_batch_size": 8,
        "gradient_accumulation_steps": 1,
        "max_completion_length": 2,
        "generation_kwargs": ends,
        "learning_rate": 1e-3,
        "disable_tqdm": True,
        "log_completions": True,
        "num_completions_to_print": 0,
        **more,
    }
