"""The control shot: a small, innocent page drawn by us. A judge that refuses this too is at fault itself."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from services.judge.protocol import Shot

CONTROL_INSTRUCTION = "A simple page with a heading, a short text and two cards."


SMALLEST = (640, 400)


def control_instruction(length: int) -> str:
    """The control's instruction, repeated to about a length in characters."""
    return " ".join([CONTROL_INSTRUCTION] * max(1, length // len(CONTROL_INSTRUCTION)))


@cache
def control_shot(width: int = SMALLEST[0], height: int = SMALLEST[1]) -> Shot:
    """The same bytes for the same size in pixels every time; never smaller than the drawing."""
    image = Image.new("RGB", (640, 400), "#f8fafc")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 640, 64), fill="#1e3a8a")
    draw.text((24, 20), "Garden notes", fill="white", font=ImageFont.load_default(22))
    draw.text((24, 92), "What grows well in a small garden.", fill="#0f172a", font=ImageFont.load_default(16))
    for left, title in ((24, "Tomatoes"), (332, "Herbs")):
        draw.rounded_rectangle((left, 140, left + 284, 340), radius=12, fill="white", outline="#cbd5e1")
        draw.text((left + 20, 160), title, fill="#0f172a", font=ImageFont.load_default(18))
        draw.rectangle((left + 20, 200, left + 264, 300), fill="#bbf7d0")
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    image = image.resize((width, height)) if (width, height) != SMALLEST else image
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Shot(name="control.png", route="/", png=buffer.getvalue())
