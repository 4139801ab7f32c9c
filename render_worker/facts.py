"""What was measured of one page. The script measures in an isolated world; still, a page can shadow names of the
document (``<img name="title">``), so nothing is believed before it has the right shape."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from render_worker.errors import clean

MAX_LINKS = 500
MAX_BLOCKS = 300
MAX_NODES = 20_000
MAX_TEXT = 4_000

Cleaned = Annotated[str, BeforeValidator(clean)]
Count = Annotated[int, Field(ge=0)]


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
    headings, images, controls, landmarks: visible elements of these kinds.
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
    names_viewport: bool = False
    viewport_overflow_px: Count = 0
    page_height_px: Count = 0
    text_blocks: list[tuple[int, int, int, int, float]] = []

    def shown(self) -> dict[str, Any]:
        """As a JSON value for the report: all but the list of links."""
        return self.model_dump(mode="json", exclude={"hrefs"})


def read_facts(value: object) -> PageFacts | None:
    """The script's answer, or None where it has not the right shape."""
    try:
        return PageFacts.model_validate(value)
    except ValidationError:
        return None
