"""Frames between us and a program that stays: four bytes, big-endian, with the length of what follows. Pure."""

from __future__ import annotations

_HEAD = 4
MAX_FRAME = 2**32 - 1


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(_HEAD, "big") + payload


class FrameReader:
    """Puts one frame together from what arrives.

    Args:
        max_bytes: longest payload; one that announces more is `refused` before it is read.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._received = bytearray()

    def take(self, chunk: bytes) -> None:
        self._received += chunk

    @property
    def refused(self) -> bool:
        """It is longer than allowed, or more came than one frame."""
        length = self._length
        return length is not None and (length > self._max_bytes or len(self._received) > _HEAD + length)

    @property
    def payload(self) -> bytes | None:
        """The frame's content, once it is whole."""
        length = self._length
        whole = length is not None and len(self._received) == _HEAD + length
        return bytes(self._received[_HEAD:]) if whole else None

    @property
    def _length(self) -> int | None:
        return int.from_bytes(self._received[:_HEAD], "big") if len(self._received) >= _HEAD else None
