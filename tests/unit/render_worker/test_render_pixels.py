"""What pictures say, and how alike a page is to the scaffold."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from render_worker.pixels import changed_share, dhash, dominant_share, open_png
from render_worker.placeholder import GREY, grey_png
from render_worker.scaffold import SCAFFOLD_TEXT, UNCHANGED, likeness
from services.artifact import scaffold_files


def drawn(colour: str = "white", box: tuple[int, int, int, int] = (0, 0, 0, 0), ink: str = "navy") -> Image.Image:
    image = Image.new("RGB", (640, 400), colour)
    ImageDraw.Draw(image).rectangle(box, ink)
    return image


def test_a_picture_is_read_in_the_expected_size_only() -> None:
    assert GREY < 255
    assert dominant_share(open_png(grey_png(40, 30), 40, 30)) == 1.0
    for wrong in (grey_png(41, 30), b"GIF89a", b""):
        with pytest.raises(ValueError, match="not a PNG"):
            open_png(wrong, 40, 30)
    with pytest.raises((ValueError, OSError)):
        open_png(grey_png(40, 30)[:40], 40, 30)


def test_what_changed_is_the_share_that_the_eye_sees() -> None:
    half = drawn(box=(0, 0, 319, 400))
    assert changed_share(drawn(), half) == pytest.approx(0.5, abs=0.01)
    assert changed_share(half, half) == 0.0
    assert changed_share(drawn("#ffffff"), drawn("#f8f8f8")) == 0.0


def test_like_pictures_have_like_hashes() -> None:
    def bits(one: Image.Image, other: Image.Image) -> int:
        return (int(dhash(one), 16) ^ int(dhash(other), 16)).bit_count()

    page = drawn(box=(50, 50, 400, 200))
    assert len(dhash(page)) == 16
    assert bits(page, page) == 0
    assert bits(page, drawn(box=(52, 51, 402, 201))) <= 4
    assert bits(page, drawn("navy", (50, 50, 400, 200), "white")) > 4


def test_a_hash_survives_another_encoding() -> None:
    page, buffer = drawn(box=(50, 50, 400, 200)), io.BytesIO()
    page.save(buffer, "PNG", compress_level=9)
    assert dhash(open_png(buffer.getvalue(), 640, 400)) == dhash(page)


def test_likeness_to_the_scaffold_is_of_words() -> None:
    assert SCAFFOLD_TEXT in scaffold_files()["src/App.tsx"]
    assert likeness(f"  {SCAFFOLD_TEXT} ") == 1.0
    assert likeness(f"Coffee\n{SCAFFOLD_TEXT}") >= UNCHANGED
    assert likeness("Harbour Coffee: roasted by the sea, open from seven to six") < 0.4
    assert likeness("") == 0.0
