"""What was measured of one page. The script measures in an isolated world; still, a page can shadow names of the
document (``<img name="title">``), so nothing is believed before it has the right shape."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from render_worker.errors import clean
from render_worker.pages import MAX_HREF

MAX_LINKS = 500
MAX_BLOCKS = 300
MAX_NODES = 20_000
MAX_TEXT = 4_000
MAX_HEADINGS = 60

COVER = {"columns": 32, "rows": 20, "nodes": MAX_NODES, "stack": 100_000, "blocks": MAX_BLOCKS}
"""Options of the script ``cover``: points of its grid, and its bounds."""

Cleaned = Annotated[str, BeforeValidator(clean)]
Count = Annotated[int, Field(ge=0)]


class Anchor(BaseModel):
    """One ``a[href]``: as written, what it says, and whether the page has what a ``#name`` aims at."""

    model_config = ConfigDict(frozen=True)

    href: Annotated[str, BeforeValidator(lambda value: clean(value, MAX_HREF))]
    label: Annotated[str, BeforeValidator(lambda value: clean(value, 60))]
    target: bool


class Vitals(BaseModel):
    """Page milliseconds of the first and the largest contentful paint, None where there was none; and how far the
    layout shifted, as browsers' makers count it (CLS)."""

    model_config = ConfigDict(frozen=True)

    fcp_ms: Count | None = None
    lcp_ms: Count | None = None
    cls: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


Kind = Literal["picture", "svg", "canvas", "video", "gradient", "frame"]


class Cover(BaseModel):
    """What the first screen is covered with.

    Attributes:
        covered: kind of picture -> share of the screen where it is what the eye meets, 0 to 1; None: not measured.
        readable: characters of text that no picture or opaque colour hides; reachable: controls of which that is true.
        overlaps: pairs of texts of which one lies over a quarter of the other; overlap_example: both of the first pair.
    """

    model_config = ConfigDict(frozen=True)

    covered: dict[Kind, Annotated[float, Field(ge=0, le=1)]] | None = None
    readable: Count = 0
    reachable: Count = 0
    overlaps: Count = 0
    overlap_example: Annotated[list[Cleaned], Field(max_length=2)] = []

    @property
    def share(self) -> float | None:
        """Of all kinds together."""
        return None if self.covered is None else min(1.0, round(sum(self.covered.values()), 3))

    def shown(self) -> dict[str, Any]:
        """As a JSON value for the report."""
        told = self.model_dump(mode="json")
        if self.covered is not None:
            told["covered"]["share"] = self.share
        return told


class PageFacts(BaseModel):
    """Attributes:
    text: visible text, its first `MAX_TEXT` characters; ``text_length``: of all of it.
    dom_nodes, links: elements, and ``a[href]`` among them.
    hrefs: where links and router elements lead, as written, in document order; at most `MAX_LINKS`.
    nav_buttons: visible buttons of navigation and head, which may lead to further pages by script.
    root: whether the site's mount point (``#root``, ``#app``, ``#__next``, else ``body``) has content:
        ``mounted``, ``childless``, or ``absent`` for a page with neither mount point nor content.
    painted: a picture, canvas, video or frame of some size is visible.
    first_paint: the browser reported a first contentful paint.
    overlay: an error overlay of a development server is shown.
    headings, images, controls, landmarks: visible elements of these kinds; ``landmark_kinds``: by element.
    outline: level and text of visible headings in document order, at most `MAX_HEADINGS`.
    anchors: the links themselves, at most `MAX_LINKS`.
    images_without_alt: visible pictures without an alternative text, an empty one being one.
    font_sizes: distinct sizes of text in CSS pixels; ``font_families``: how many distinct stacks.
    names_viewport: whether the document has a viewport element, without which telephones show it zoomed out.
    viewport_overflow_px: how far the page is wider than the viewport.
    text_blocks: ``[x, y, width, height, font size]`` in CSS pixels of text on the first screen.
    """

    model_config = ConfigDict(frozen=True)

    title: Cleaned = ""
    text: Annotated[str, BeforeValidator(lambda value: clean(value, MAX_TEXT))] = ""
    text_length: Count = 0
    dom_nodes: Count = 0
    links: Count = 0
    hrefs: list[Cleaned] = []
    nav_buttons: Count = 0
    root: Literal["mounted", "childless", "absent"] = "absent"
    painted: bool = False
    first_paint: bool = False
    overlay: bool = False
    headings: Count = 0
    font_sizes: list[float] = []
    font_families: Count = 0
    images: Count = 0
    controls: Count = 0
    landmarks: Count = 0
    landmark_kinds: dict[Cleaned, Count] = {}
    outline: list[tuple[Annotated[int, Field(ge=1, le=6)], Cleaned]] = []
    anchors: list[Anchor] = []
    images_without_alt: Count = 0
    vitals: Vitals = Vitals()
    names_viewport: bool = False
    viewport_overflow_px: Count = 0
    page_height_px: Count = 0
    text_blocks: list[tuple[int, int, int, int, float]] = []

    def shown(self) -> dict[str, Any]:
        """As a JSON value for the report: all but the lists of links."""
        return self.model_dump(mode="json", exclude={"hrefs", "anchors"})


def read_facts(value: object) -> PageFacts | None:
    """The answer of the script ``facts``, or None where it has not the right shape."""
    try:
        return PageFacts.model_validate(value)
    except ValidationError:
        return None


def read_cover(value: object) -> Cover | None:
    """The answer of the script ``cover``, or None where it has not the right shape."""
    try:
        return Cover.model_validate(value)
    except ValidationError:
        return None
