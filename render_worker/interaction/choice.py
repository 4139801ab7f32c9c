"""Which of a page's controls are tried, and in which order. Pure."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from render_worker.interaction.bounds import FORM_FIELDS, LINK_SHARE, SEED
from render_worker.interaction.controls import Action, Control, is_tried

Unit = tuple[Control, ...]
"""Controls that are tried one after the other: one alone, or the fields of a form and what submits it."""


def choose(controls: Sequence[Control], url: str, most: int) -> list[Unit]:
    """At most `most` controls in all, round after round one unit of each likeness; which, chance says, the same for
    the same page.

    Returns:
        In the order of the document; of each likeness the first comes last, since the first of a row of tabs or filters
        is the one already chosen, and shows an effect only after another was.
    """
    units = units_of([control for control in controls if is_tried(control, url)])
    chance = random.Random(f"{SEED} {url}")  # noqa: S311 - chance that is the same each time
    rows: dict[str, list[int]] = defaultdict(list)
    for position, unit in enumerate(units):
        rows[_likeness(unit)].append(position)
    taken: set[int] = set()
    for is_link, bound in ((True, int(most * LINK_SHARE)), (False, most)):
        same = [row for row in rows.values() if (units[row[0]][0].href is not None) is is_link]
        left = min(bound, most - sum(len(units[place]) for place in taken))
        taken |= _drawn(same, units, left, chance)
    return [units[position] for row in rows.values() for position in _first_last(row) if position in taken]


def _drawn(rows: list[list[int]], units: list[Unit], left: int, chance: random.Random) -> set[int]:
    """Places of units in `units`, one of each row in turn, until `left` controls are taken."""
    queues = [chance.sample(row, len(row)) for row in rows]
    chance.shuffle(queues)
    drawn: set[int] = set()
    for turn in range(max(map(len, queues), default=0)):
        for place in (queue[turn] for queue in queues if turn < len(queue)):
            if len(units[place]) <= left:
                left -= len(units[place])
                drawn.add(place)
    return drawn


def _first_last(row: list[int]) -> list[int]:
    return [*row[1:], row[0]]


def _likeness(unit: Unit) -> str:
    return f"form {unit[0].form}" if len(unit) > 1 else unit[0].likeness


def units_of(controls: Sequence[Control]) -> list[Unit]:
    """Each form's fields with what submits it, and every other control alone."""
    units: list[Unit] = []
    done: set[int] = set()
    for control in controls:
        if not _in_form(control):
            units.append((control,))
        elif control.form not in done:
            done.add(control.form)
            units.append(_form([other for other in controls if other.form == control.form and _in_form(other)]))
    return units


def _in_form(control: Control) -> bool:
    return control.form >= 0 and (control.is_field or control.submits)


def _form(members: list[Control]) -> Unit:
    fields: dict[object, Control] = {}
    for position, field in enumerate(member for member in members if member.is_field):
        fields.setdefault(field.group if field.type == "radio" else position, field)
    submit = [member for member in members if member.action is Action.SUBMIT][:1]
    return (*list(fields.values())[:FORM_FIELDS], *submit)
