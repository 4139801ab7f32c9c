"""How much of a site is tried, and for how long. Each of these changes what is found (`render_worker.versions`)."""

from __future__ import annotations

from render_worker.patience import HUNG_CPU_SECONDS

HOME_TRIES = 14
ROUTE_TRIES = 4
MAX_ROUTES = 2
FORM_FIELDS = 6
"""Controls tried on the home page; on each further page, and on how many of these; fields filled of one form."""

LINK_SHARE = 0.5
"""How much of that may be links: what they lead to is visited besides."""

SEED = 20_260_105

OPENING = (16, 16, 50, 100, 300, 500, 1_000, 1_000)
"""Page milliseconds between the frames while a page opens: what comes up late is there, as for its photograph."""

HOVER = (16, 34, 300)
SOON = (16, 16, 50, 100, 200)
LATE = (250, 500, 1_000)
LAST = (1_000, 1_000, 500, 500) + (50,) * 14
"""After the pointer came; after the press; where that had no effect yet; and, where it had, until it must have lasted:
5.8 seconds after the press. What an animation by script takes away needs its last frames finely, since such
animations count frames rather than time."""

ARRIVAL = (500, 1_000)
"""On another page: until it is there."""

SETTLE = (100, 200)
"""After the page was scrolled back, a cover was closed, or history was used."""

IDLE = (500, 1_000, 1_000, 1_000, 1_000, 1_300)
IDLE_PERIODS = 2
"""As long as a step, twice, without a touch: what changes then, changes by itself."""

GROUND = {"side": 16, "share": 0.25}
"""Where an empty spot is looked for: points in a row and a column; share of the screen that its element covers."""

MAX_STEPS = 60
MAX_PAGE_MILLISECONDS = 400_000
MAX_CPU_SECONDS = 20.0
MAX_OPENINGS = 24
"""After any of these no further control is tried."""

CPU_RESERVE = HUNG_CPU_SECONDS + 2.0
WALL_RESERVE = 30.0
"""Nor where so little of the evaluation's own limits is left: what a visit spent is not charged to a control. A page
that does not give way is told before its limit is reached."""

ACK_SECONDS = 5.0
"""Real time within which the browser says that the page took an input, unless the page's work holds it up."""

DEATH_SECONDS = 1.0
"""Real time within which a sandbox tells that a limit ended its browser."""

DATE_PARTS = 6
MAX_SEEN = 6_000
"""Parts of a field of date and time at most; CSS pixels down to which a page is scrolled through."""

MAX_ELEMENTS = 4_000
MAX_CONTROLS = 400
MAX_TEXT = 200
MAX_LABEL = 80
CANVAS_CELLS = 12

WHOLE_PAGE = 0.9
"""Share of the page's height from which an element that holds a link to itself is the whole page."""

SHIFT = 8
SHADE = 24
"""What an eye sees: CSS pixels by which something moved or grew, steps of 255 in one of its colours."""
