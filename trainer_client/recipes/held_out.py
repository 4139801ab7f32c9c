"""Instructions that are kept for evaluation, recognized without their text.

A sketch of an instruction is the sixteen smallest hashes of its runs of eight words, in lower case without punctuation.
Two instructions that share six of them are taken for the same, so that other colours at the end, other spaces or a
sentence more hide nothing. Of WebGen-Bench's 6,667 training instructions none shares more than three with a test
instruction; every test instruction whose last sentence is replaced still shares seven or more with itself.

``python -m trainer_client.recipes.held_out FILE`` writes the sketches of a file's instructions, one a line.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

Sketch = tuple[int, ...]

SIZE = 16
RUN_OF_WORDS = 8
SAME = 6 / 16
"""Share of a sketch from which on two instructions are the same."""


def sketch(instruction: str) -> Sketch:
    """Ascending; shorter than `SIZE` where the instruction has few words."""
    return tuple(sorted(_hashes(instruction))[:SIZE])


def webgen_bench() -> list[Sketch]:
    """The test instructions of WebGen-Bench."""
    text = files("trainer_client.recipes").joinpath("webgen_bench_test.txt").read_text("ascii")
    return [tuple(int(word, 16) for word in line.split()) for line in text.splitlines()]


class HeldOut:
    """Tells whether an instruction is one of those that are held out."""

    def __init__(self, sketches: Iterable[Sketch]) -> None:
        self._sizes: list[int] = []
        self._holders: dict[int, list[int]] = defaultdict(list)
        for index, known in enumerate(sketches):
            self._sizes.append(len(known))
            for value in known:
                self._holders[value].append(index)

    def __contains__(self, instruction: str) -> bool:
        return self.overlap(instruction) >= SAME

    def overlap(self, instruction: str) -> float:
        """The largest share of any sketch that is found in the instruction, 0 to 1."""
        found = Counter(index for value in _hashes(instruction) for index in self._holders.get(value, ()))
        return max((count / self._sizes[index] for index, count in found.items()), default=0.0)


def _hashes(instruction: str) -> set[int]:
    words = re.findall(r"\w+", instruction.lower())
    runs = (words[at : at + RUN_OF_WORDS] for at in range(max(1, len(words) - RUN_OF_WORDS + 1)))
    return {int.from_bytes(blake2b(" ".join(run).encode(), digest_size=4).digest()) for run in runs}


def main(arguments: Sequence[str]) -> None:
    from trainer_client.recipes.rows import read_rows

    for path in arguments:
        for row in read_rows(Path(path)):
            words = (f"{value:08x}" for value in sketch(str(row.values["instruction"])))
            sys.stdout.write(" ".join(words) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
