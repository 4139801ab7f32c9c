"""Published measures of interface aesthetics over one screenshot. Pure; Pillow only.

Sources: colourfulness, Hasler & Suesstrunk 2003 ("Measuring colourfulness in natural images"); balance and
symmetry, Ngo, Teo & Byrne 2003 ("Modelling interface aesthetics"); contour density and the inverted U of visual
complexity, Reinecke et al. 2013 ("Predicting users' first impressions of website aesthetics") and Rosenholtz, Li &
Nakano 2007 ("Measuring visual clutter"); white space and the number of dominant colours, Miniukovich & De Angeli
2015 ("Computation of interface aesthetics").
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from services.errors import JudgeError

WIDTH = 320
"""Measured width in pixels; a screenshot is reduced to it."""

TALLEST = 960
"""Measured height: three reduced viewports and more; what lies below is not measured."""

LEVELS = 4
"""Bits of each channel that tell two colours of the palette apart."""

NEAR = 3
"""Difference of any channel, 0 to 255, up to which a pixel counts as background."""

EDGE = 14
"""Response of the edge filter, 0 to 255, from which a pixel counts as contour."""

MOST_COLOURS = 2 ** (3 * LEVELS) + 1
NO_COLOUR = (1, 1, 1)
"""What posterizing never yields."""

SURFACE = 0.002
"""Share of the picture: the least that counts as a surface."""

CELLS = (12, 8)


@dataclass(frozen=True, slots=True)
class Measures:
    """Attributes:
    ink: share of pixels that are not background, 0 to 1.
    filled: share of ink away from contours: surfaces, not letters.
    colourfulness: M of Hasler & Suesstrunk; grey is 0, a vivid page 60 and more.
    surfaces: coarse colours that each cover at least `SURFACE` of the picture, away from contours.
    contour: share of contour pixels, 0 to 1.
    balance: 1 where ink and contour weigh the same left and right, 0 where they are all on one side.
    symmetry: 1 where the halves of its contours mirror each other.
    spread: share of cells of a coarse grid that hold contours.
    rows: how far the picture's contours gather in few rows and columns, as aligned boxes do; 0 to 1.
    """

    ink: float
    filled: float
    colourfulness: float
    surfaces: int
    contour: float
    balance: float
    symmetry: float
    spread: float
    rows: float


def opened(png: bytes) -> Image.Image:
    """The screenshot in three colours, down to `TALLEST` of the reduced picture. The caller has bounded its pixels.

    Raises:
        JudgeError: the picture cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            tallest = max(1, TALLEST * picture.width // WIDTH)
            return picture.crop((0, 0, picture.width, min(picture.height, tallest))).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise JudgeError(f"a screenshot cannot be decoded ({type(error).__name__})") from error


def measure(screenshot: Image.Image) -> Measures:
    """Measure one screenshot in three colours."""
    image = _reduced(screenshot)
    grey = image.convert("L")
    ink = _ink(image)
    contour = _contour(grey)
    flat = ImageChops.invert(contour.filter(ImageFilter.MaxFilter(3)))
    return Measures(
        ink=_share(ink),
        filled=_share(ImageChops.darker(ink, flat)),
        colourfulness=colourfulness(image),
        surfaces=_surfaces(image, flat),
        contour=_share(contour),
        balance=(_balance(ink) + _balance(contour)) / 2,
        symmetry=_symmetry(contour),
        spread=_spread(contour),
        rows=_gathered(contour),
    )


def colourfulness(image: Image.Image) -> float:
    """``sqrt(var(rg) + var(yb)) + 0.3 * sqrt(mean(rg)^2 + mean(yb)^2)``, rg = R - G, yb = (R + G) / 2 - B."""
    red, green, blue = image.split()
    yellow = ImageChops.add(red, green, scale=2)
    deviation, offset = 0.0, 0.0
    for first, second in ((red, green), (yellow, blue)):
        statistics = ImageStat.Stat(ImageChops.subtract(first, second, scale=2, offset=128))
        deviation += (2 * statistics.stddev[0]) ** 2
        offset += (2 * (statistics.mean[0] - 128)) ** 2
    return float(deviation**0.5 + 0.3 * offset**0.5)


def _reduced(image: Image.Image) -> Image.Image:
    height = max(1, round(image.height * WIDTH / image.width))
    return image.resize((WIDTH, min(height, TALLEST)), Image.Resampling.BOX)


def _ink(image: Image.Image) -> Image.Image:
    """White where a pixel differs from the background."""
    background = Image.new("RGB", image.size, _background(image))
    red, green, blue = ImageChops.difference(image, background).split()
    return _mask(ImageChops.lighter(ImageChops.lighter(red, green), blue), NEAR)


def _background(image: Image.Image) -> tuple[int, ...]:
    """The most frequent colour. Flat areas keep their exact colour when a picture is reduced."""
    colours = image.getcolors(image.width * image.height) or [(1, (0, 0, 0))]
    _, colour = max(colours, key=lambda counted: counted[0])
    return colour if isinstance(colour, tuple) else (0, 0, 0)


def _contour(grey: Image.Image) -> Image.Image:
    """White on contours; black on the outermost pixels, where the filter has no neighbours."""
    edges = grey.filter(ImageFilter.Kernel((3, 3), (-1, -1, -1, -1, 8, -1, -1, -1, -1), scale=2))
    inner = (1, 1, max(1, grey.width - 1), max(1, grey.height - 1))
    mask = Image.new("L", grey.size)
    mask.paste(_mask(edges, EDGE).crop(inner), inner)
    return mask


def _mask(image: Image.Image, threshold: int) -> Image.Image:
    return image.point([255 if value > threshold else 0 for value in range(256)])


def _share(mask: Image.Image) -> float:
    return float(ImageStat.Stat(mask).mean[0] / 255)


def _surfaces(image: Image.Image, flat: Image.Image) -> int:
    least = SURFACE * image.width * image.height
    marker = Image.new("RGB", image.size, NO_COLOUR)
    colours = Image.composite(ImageOps.posterize(image, LEVELS), marker, flat).getcolors(MOST_COLOURS) or []
    return sum(count >= least and colour != NO_COLOUR for count, colour in colours)


def _balance(ink: Image.Image) -> float:
    half = ink.width // 2
    left, right = (_share(ink.crop((start, 0, start + half, ink.height))) for start in (0, ink.width - half))
    return 1 - abs(left - right) / max(left, right, 1e-9)


def _symmetry(contour: Image.Image) -> float:
    """Overlap of coarse contour density with its mirror image; contours that miss by a little still match."""
    coarse = contour.resize(CELLS, Image.Resampling.BOX)
    mirrored = coarse.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    both = ImageStat.Stat(ImageChops.darker(coarse, mirrored)).sum[0]
    either = ImageStat.Stat(ImageChops.lighter(coarse, mirrored)).sum[0]
    return float(both / either) if either else 0.0


def _spread(contour: Image.Image) -> float:
    coarse = contour.resize(CELLS, Image.Resampling.BOX)
    return _share(_mask(coarse, 2))


def _gathered(contour: Image.Image) -> float:
    """Mean over both directions of the strongest line: how much of it is contour."""
    columns = contour.resize((contour.width, 1), Image.Resampling.BOX)
    rows = contour.resize((1, contour.height), Image.Resampling.BOX)
    return float(sum(_strongest(line) for line in (columns, rows)) / 2)


def _strongest(line: Image.Image) -> float:
    values = sorted(line.tobytes(), reverse=True)
    best = values[: max(1, len(values) // 50)]
    return sum(best) / len(best) / 255
