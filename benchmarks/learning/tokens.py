"""A tokenizer whose tokens are pieces of sites: each decodes to the whole text of one variant."""

from __future__ import annotations

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from benchmarks.learning.pieces import SLOTS, piece, rest

PAD, END, UNKNOWN = "<pad>", "<end>", "<unknown>"
INSTRUCTION = "Build a website for a bakery"
"""The one prompt. A picture's grade does not depend on it; every word is a token."""


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Words of the prompt are split at spaces; a completion's tokens are joined as they are."""
    vocabulary = {text: number for number, text in enumerate(dict.fromkeys(_texts()))}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    core.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def slot_ids(tokenizer: PreTrainedTokenizerFast) -> dict[str, list[int]]:
    """Slot -> its variants' tokens."""
    ids = tokenizer.get_vocab()
    return {slot: [ids[piece(slot, variant)] for variant in variants] for slot, variants in SLOTS.items()}


def rest_id(tokenizer: PreTrainedTokenizerFast) -> int:
    return int(tokenizer.get_vocab()[rest()])


def _texts() -> list[str]:
    pieces = [piece(slot, variant) for slot, variants in SLOTS.items() for variant in variants]
    return [PAD, END, UNKNOWN, *INSTRUCTION.split(), *pieces, rest()]
