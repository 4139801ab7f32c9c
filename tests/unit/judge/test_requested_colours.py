"""Which colours an instruction asks for, and whether screenshots show them."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageColor, ImageDraw

from services.errors import JudgeError
from services.judge.colours import asked, colour_facts, lab

SIZE = (1280, 800)
IVORY, FOREST, WHITE = "#fffff0", "#228b22", "#ffffff"


def shot(ground: str, button: str | None = None) -> bytes:
    """A page of one colour, with a button of another."""
    image = Image.new("RGB", SIZE, ground)
    if button:
        ImageDraw.Draw(image).rectangle((600, 400, 700, 440), fill=button)
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return packed.getvalue()


def named(instruction: str) -> list[tuple[str, str, bool]]:
    return [(each.name, each.part, each.exact) for each in asked(instruction)]


@pytest.mark.parametrize(
    ("sentence", "colours"),
    [
        ("Use ivory for the background and forest green for components.", ["ivory", "forest green"]),
        ("Apply mint cream as the background; style all components with teal.", ["mint cream", "teal"]),
        ("Set all pages to have a light cyan background and cadet blue components.", ["light cyan", "cadet blue"]),
        (
            "Assign light goldenrod to the background and olive drab to the UI elements.",
            ["light goldenrod", "olive drab"],
        ),
        ("An off-white background, lightgoldenrod components.", ["off-white", "lightgoldenrod"]),
        ("An OffWhite background, Light-Goldenrod components.", ["offwhite", "light-goldenrod"]),
        ("The background colour is #1a2B3c, the components are DarkSlateGray.", ["#1a2b3c", "darkslategray"]),
    ],
)
def test_the_first_of_two_colours_is_the_grounds(sentence: str, colours: list[str]) -> None:
    ground, components = colours
    assert named(f"Build a shop for chocolate. {sentence}") == [
        (ground, "background", True),
        (components, "components", True),
    ]


def test_every_name_has_a_colour_however_its_words_are_joined() -> None:
    for name in ImageColor.colormap:
        for gap in ("", " ", "-"):
            spelled = name[:4] + gap + name[4:]
            assert all(len(each.rgb) == 3 for each in asked(f"A {spelled} background."))


def test_a_colour_without_a_ground_is_looked_for_anywhere() -> None:
    assert named("Choose crimson as the accent.") == [("crimson", "any", True)]


def test_words_of_other_sentences_are_no_colours() -> None:
    assert named("Sell chocolate from Peru. Users can order salmon and plums. Visit the Red Sea.") == []


@pytest.mark.parametrize("sentence", ["A deep plum background.", "Pale blue as the background colour."])
def test_a_vague_colour_is_neither_found_nor_missed(sentence: str) -> None:
    (fact,) = colour_facts(sentence, [shot("#dda0dd")])
    assert (fact["share"], fact["found"]) == (None, None)


def test_what_the_page_shows_is_found_with_its_share() -> None:
    ground, components = colour_facts(
        "Use ivory for the background and forest green for components.", [shot(IVORY, FOREST)]
    )
    assert ground["found"]
    assert ground["share"] == pytest.approx(1.0, abs=0.01)
    assert components["found"]
    assert components["share"] == pytest.approx(101 * 41 / (1280 * 800), abs=1e-4)


def test_what_the_page_does_not_show_is_not_found() -> None:
    facts = colour_facts("Use ivory for the background and forest green for components.", [shot("#101010", "#e0e0ff")])
    assert [(fact["share"], fact["found"]) for fact in facts] == [(0.0, False), (0.0, False)]


def test_a_ground_that_covers_only_a_button_is_no_ground() -> None:
    (fact,) = colour_facts("Use teal for the background.", [shot(WHITE, "#008080")])
    assert not fact["found"]


def test_one_screenshot_of_several_is_enough() -> None:
    (fact,) = colour_facts("Use crimson as an accent colour.", [shot(WHITE), shot(WHITE, "#dc143c")])
    assert fact["found"]


def test_a_shade_that_nobody_could_tell_apart_counts() -> None:
    (fact,) = colour_facts("Use teal for the background.", [shot("#018281")])
    assert fact["found"]


def test_no_colour_asked_for_needs_no_picture() -> None:
    assert colour_facts("A weather site.", [b"not a picture"]) == []


def test_a_picture_that_cannot_be_decoded_is_not_the_candidates() -> None:
    with pytest.raises(JudgeError):
        colour_facts("Use teal for the background.", [b"\x89PNG\r\n\x1a\nnothing"])


def test_lab_of_published_colours() -> None:
    assert lab((255, 255, 255)) == pytest.approx((100, 0, 0), abs=0.05)
    assert lab((255, 0, 0)) == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    assert lab((0, 0, 255)) == pytest.approx((32.30, 79.19, -107.86), abs=0.05)
