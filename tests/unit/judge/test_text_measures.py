"""Text that is measured on the picture: what cannot be seen there does not count, whatever the page says."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from services.judge.measures import measure
from services.judge.page_facts import Block, read_page
from services.judge.signals import Signals, signals
from services.judge.text_measures import measure_text

SIZE = 20.0


def screen(ground: int, ink: int, blocks: list[Block]) -> Image.Image:
    """A screenshot in grey with strokes as of letters in every block."""
    image = Image.new("L", (1280, 800), ground)
    draw = ImageDraw.Draw(image)
    for block in blocks:
        for x in range(int(block.x) + 2, int(block.x + block.width) - 3, 8):
            draw.rectangle((x, block.y + 4, x + 1, block.y + block.height - 4), fill=ink)
    return image


def column(lefts: list[int]) -> list[Block]:
    return [Block(left, 40 + 50 * i, 200 + 7 * i, 24, SIZE) for i, left in enumerate(lefts)]


def contrast(ground: int, ink: int) -> float | None:
    blocks = column([100] * 4)
    return measure_text(screen(ground, ink, blocks), blocks).contrast


def test_contrast_is_wcags_ratio_on_light_and_on_dark_up_to_what_is_enough() -> None:
    assert contrast(255, 0) == contrast(0, 255) == 7.0
    assert contrast(255, 118) == pytest.approx(4.54, abs=0.02)
    assert contrast(20, 60) == pytest.approx(1.67, abs=0.02)
    assert contrast(255, 200) == pytest.approx(1.67, abs=0.02)


def test_text_in_the_colour_of_its_ground_is_not_shown() -> None:
    blocks = column([100] * 8)
    assert measure_text(screen(90, 90, blocks), blocks).shown == 0
    assert measure_text(screen(90, 95, blocks), blocks).shown == 0
    assert measure_text(screen(255, 0, blocks), blocks).shown > 8 * 20


def test_texts_that_begin_below_one_another_are_aligned_and_scattered_ones_are_not() -> None:
    tidy, scattered = column([100, 100, 101, 100, 400, 400]), column([100, 163, 31, 240, 402, 517])
    assert measure_text(screen(255, 0, tidy), tidy).aligned == 1
    assert measure_text(screen(255, 0, scattered), scattered).aligned == 0


@pytest.mark.parametrize(("gap", "touching"), [(0, 1), (3, 1), (12, 0), (40, 0)])
def test_neighbours_without_a_space_between_touch(gap: int, touching: int) -> None:
    row = [Block(50 + i * (80 + gap), 40, 80, 24, SIZE) for i in range(5)]
    found = measure_text(screen(255, 0, row), row)
    assert (found.beside, found.touching) == (1, touching)


def test_only_texts_of_several_lines_have_a_length_of_lines() -> None:
    single, several = Block(0, 10, 1200, 24, SIZE), Block(0, 60, 600, 90, SIZE)
    assert measure_text(screen(255, 0, [single]), [single]).line is None
    assert measure_text(screen(255, 0, [single, several]), [single, several]).line == 60


def test_blocks_outside_the_screen_and_without_area_are_no_text() -> None:
    outside = [Block(-500, 10, 100, 20, SIZE), Block(20, 900, 100, 20, SIZE), Block(20, 20, 1, 20, SIZE)]
    found = measure_text(screen(255, 0, []), outside)
    assert (found.shown, found.contrast, found.aligned, found.line) == (0, None, None, None)


def test_blocks_of_a_wrong_shape_are_left_out() -> None:
    told = [[1, 2, 30, 40, 16.0], [1, 2, 30], "text", [1, 2, 30, 40, 0], [1, 2, True, 40, 16], [1e9, 2, 3, 4, 5], None]
    page = read_page({"page": {"home.png": {"text_blocks": told}}}, "home.png")
    assert page.blocks == (Block(1, 2, 30, 40, 16),)


def test_a_screen_that_is_all_picture_is_hardly_the_sites_own_unless_it_can_be_read_or_used() -> None:
    seen = measure(Image.new("RGB", (320, 200), "white"))

    def own(covered: float, readable: int, reachable: int) -> float:
        facts = {"covered": {"share": covered}, "readable": readable, "reachable": reachable}
        return signals(seen, None, read_page({"page": {"home.png": facts}}, "home.png"))["own"]

    assert own(1.0, 10, 0) == 0
    assert own(1.0, 200, 0) == own(1.0, 10, 5) == own(0.3, 0, 0) == 1


def test_the_same_words_over_and_over_and_glaring_colours_are_faults() -> None:
    def known(colours: tuple[str, str], text: str) -> Signals:
        image = Image.new("RGB", (320, 200), colours[0])
        image.paste(colours[1], (0, 0, 160, 200))
        return signals(measure(image), None, read_page({"page": {"home.png": {"text": text}}}, "home.png"))

    said = "one page has many different words so that nobody reads all of them twice while looking for a cup"
    tongue = " ".join(f"{word} {word}ly" for word in said.split())
    assert known(("white", "#ddeeff"), tongue)["variety"] == 1
    assert known(("white", "#ddeeff"), "buy this now " * 50)["variety"] == 0
    assert "variety" not in known(("white", "#ddeeff"), "hello hello hello")
    assert known(("blue", "red"), tongue)["calm"] == 0
    assert known(("white", "#ddeeff"), tongue)["calm"] == 1


def test_texts_piled_on_one_another_are_measured_up_to_a_bound_and_sizes_of_nothing_are_left_out() -> None:
    whole = Block(0, 0, 1280, 800, SIZE)
    image = screen(255, 0, [Block(40, 40, 300, 30, SIZE)])
    assert measure_text(image, [whole] * 300) == measure_text(image, [whole] * 11)
    assert measure_text(image, [whole] * 11) != measure_text(image, [whole] * 10)
    told = [[0, 0, 100, 50, 5e-324]] * 5
    assert read_page({"page": {"home.png": {"text_blocks": told}}}, "home.png").blocks == ()
