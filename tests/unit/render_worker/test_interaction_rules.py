"""What is tried, what is written, and what an effect is: the pure half of the interaction test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render_worker.interaction.choice import choose
from render_worker.interaction.controls import Action, Control, find, is_tried, numbered
from render_worker.interaction.effects import Effect, Touch, effect_of
from render_worker.interaction.record import Interaction, Step, better, interaction_findings
from render_worker.interaction.trial import with_enter
from render_worker.interaction.values import value_for
from render_worker.interaction.views import Aspect, Restless, Seen, View, differences, lies_within, read_survey
from services.contract import Severity

HOME = "http://localhost:4173/"


def button(label: str, likeness: str = "row", **more: Any) -> Control:
    return Control(tag="button", type="button", label=label, likeness=likeness, **more)


def field(kind: str = "text", label: str = "", **more: Any) -> Control:
    return Control(tag="input", type=kind, label=label, likeness="field", **more)


def link(href: str, **more: Any) -> Control:
    return Control(tag="a", label=href, href=href, likeness="links", **more)


@pytest.mark.parametrize("href", ["#", "", "#prices", "/about", "/about#team", "/#/cart", "javascript:void 0"])
def test_links_that_ought_to_do_something_here_are_tried(href: str) -> None:
    assert is_tried(link(href), HOME)


@pytest.mark.parametrize("href", ["https://x.example/", "mailto:a@b.example", "tel:1", "/", "/report.pdf", "http://["])
def test_links_to_elsewhere_to_files_and_to_the_page_itself_are_not(href: str) -> None:
    assert not is_tried(link(href), HOME)


def test_a_hash_route_is_tried_from_other_pages_alone() -> None:
    assert is_tried(link("#/map"), HOME)
    assert not is_tried(link("#/map"), f"{HOME}#/map")
    assert not is_tried(link("/#/map"), f"{HOME}#/map")


@pytest.mark.parametrize(
    "control",
    [
        button("All", selected=True),
        link("/about", download=True),
        field("file"),
        field(read_only=True),
        Control(tag="select", type="select-one", options=1),
    ],
    ids=["chosen", "download", "file", "read-only", "no choice"],
)
def test_what_has_nothing_to_do_is_not_tried(control: Control) -> None:
    assert not is_tried(control, HOME)


def test_many_alike_leave_room_for_the_others() -> None:
    carts = [button(f"Add {n}", "card") for n in range(50)]
    others = [button("Menu", "head"), button("Theme", "head"), button("Send", "foot")]
    chosen = [unit[0].label for unit in choose([*carts, *others], HOME, 8)]
    assert len(chosen) == 8
    assert {"Menu", "Theme", "Send"} <= set(chosen)


def test_links_are_at_most_half_and_the_choice_is_the_same_each_time() -> None:
    links = [link(f"/{n}") for n in range(30)]
    buttons = [button(f"{n}") for n in range(30)]
    chosen = choose([*links, *buttons], HOME, 10)
    assert [unit[0].tag for unit in chosen].count("a") == 5
    assert chosen == choose([*links, *buttons], HOME, 10)
    assert len(choose(links, HOME, 10)) == 5


def test_the_first_of_a_row_comes_last() -> None:
    row = [button(name) for name in ("All", "Cups", "Plates")]
    assert [unit[0].label for unit in choose(row, HOME, 9)] == ["Cups", "Plates", "All"]


def test_a_form_is_filled_before_it_is_sent() -> None:
    send = Control(tag="button", type="submit", label="Send", submits=True, form=0)
    radios = [field("radio", group="size", form=0), field("radio", group="size", form=0)]
    (unit,) = choose([send, field("email", form=0), *radios], HOME, 9)
    assert [control.action for control in unit] == [Action.FILL, Action.CHOOSE, Action.SUBMIT]
    (bare,) = choose([field("search", form=0)], HOME, 9)
    assert [control.action for control in with_enter(bare)] == [Action.FILL, Action.SUBMIT]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-1, 2), st.booleans()), max_size=60), st.integers(0, 20))
def test_the_bound_holds_and_nothing_is_tried_twice(told: list[tuple[str, int, bool]], most: int) -> None:
    controls = numbered(
        [field(form=form, label=name) if is_field else button(name, name) for name, form, is_field in told]
    )
    chosen = [control for unit in choose(controls, HOME, most) for control in unit]
    assert len(chosen) <= most
    assert len({(*control.likely_same, control.nth) for control in chosen}) == len(chosen)


def test_the_same_control_is_found_in_a_later_survey() -> None:
    earlier = numbered([button("Add"), button("Add"), button("Menu")])
    assert [find(control, earlier) for control in earlier] == [0, 1, 2]
    assert find(earlier[1], earlier[:1]) is None


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (field("email"), "ada@example.com"),
        (field("text", "Your e-mail"), "ada@example.com"),
        (field("number", min="3", max="9"), "3"),
        (field("number", max="1"), "1"),
        (field("number", min="nan", max="1e999"), "2"),
        (field("date"), "06152026"),
        (field("date", min="2027-01-02"), "01022027"),
        (field("tel", longest=5), "+1 55"),
        (field("text", pattern="[0-9]{4}"), "1234"),
        (field("text", "Full name"), "Ada Lovelace"),
        (Control(tag="textarea", type="textarea", label="Message"), "A quiet morning by the sea"),
    ],
)
def test_what_is_written_fits_the_field(control: Control, expected: str) -> None:
    assert value_for(control) == expected


def seen(text: str = "", **more: Any) -> Seen:
    told = {"box": (0, 0, 100, 20), "state": "", "colours": (0, 0, 0, 255), "finery": "", "close": False}
    return Seen(text, **(told | more))


BEFORE = View({"": seen(), "/0": seen("Go", close=True), "/1": seen("0")})
MORE = View({**BEFORE.elements, "/2": seen("Done")})


def touch(last: View = BEFORE, **more: Any) -> Touch:
    told: dict[str, Any] = {"soon": last, "url_before": HOME, "url_after": HOME}
    return Touch(before=BEFORE, ready=BEFORE, last=last, **(told | more))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (touch(), Effect.NOTHING),
        (touch(MORE), Effect.CHANGE),
        (touch(MORE, errors=("x is null",)), Effect.ERROR),
        (touch(soon=MORE), Effect.FLEETING),
        (touch(asked=("alert",)), Effect.FLEETING),
        (touch(asked=("download",)), Effect.DIALOG),
        (touch(View(MORE.elements, modals=1)), Effect.DIALOG),
        (touch(MORE, url_after=HOME + "about"), Effect.NAVIGATION),
        (touch(url_after=HOME + "about"), Effect.NOTHING),
        (touch(reloaded=True, url_after=HOME + "?name=Ada"), Effect.NOTHING),
        (touch(View({**BEFORE.elements, "/1": seen("0", state="|Ada")}), reloaded=True), Effect.NOTHING),
        (touch(reloaded=True, url_after="https://elsewhere.example/"), Effect.NAVIGATION),
        (touch(url_after=HOME + "#far", scrolled=900), Effect.SCROLL),
    ],
)
def test_an_effect_is_the_strongest_thing_that_lasts(told: Touch, expected: Effect) -> None:
    assert effect_of(button("Go"), told, Restless()) is expected


def test_a_link_to_nowhere_that_moves_the_page_to_its_top_is_dead() -> None:
    assert effect_of(link("#"), touch(scrolled=-900), Restless()) is Effect.NOTHING
    assert effect_of(link("#far", anchored=True), touch(), Restless()) is Effect.NATIVE
    whole = link("#root", anchored=True, whole=True)
    assert effect_of(whole, touch(scrolled=-900), Restless()) is Effect.NOTHING
    assert effect_of(whole, touch(), Restless()) is Effect.NOTHING
    assert effect_of(whole, touch(MORE), Restless()) is Effect.CHANGE


@pytest.mark.parametrize(("brought", "expected"), [(False, Effect.NOTHING), (True, Effect.CHANGE)])
def test_what_the_pointer_brings_up_counts_where_it_can_be_used(brought: bool, expected: Effect) -> None:
    shown = View({**BEFORE.elements, "/2": seen("Orders"), "/2/0": seen("Open", control=brought)})
    assert effect_of(button("Go"), replace(touch(shown), ready=shown), Restless()) is expected


def test_a_field_proves_something_only_by_what_else_changes() -> None:
    assert effect_of(field(), touch(accepted=True), Restless()) is Effect.NATIVE
    assert effect_of(field(), touch(accepted=False), Restless()) is Effect.NOTHING
    assert effect_of(field(), touch(MORE, accepted=True), Restless()) is Effect.CHANGE


def test_what_the_pointer_and_the_focus_do_to_a_control_is_not_the_pages_answer() -> None:
    hovered = seen("Go", close=True, colours=(255, 0, 0, 255), box=(0, 0, 120, 30))
    assert differences(BEFORE, View({**BEFORE.elements, "/0": hovered})) == {}
    assert differences(BEFORE, View({**BEFORE.elements, "/0": seen("Gone", close=True)})) != {}


def test_what_no_eye_sees_is_no_difference() -> None:
    moved = {**BEFORE.elements, "/1": seen("0", box=(3, 3, 103, 22), colours=(9, 9, 9, 255))}
    assert differences(BEFORE, View(moved)) == {}


def test_what_changes_by_itself_does_not_count() -> None:
    restless = Restless()
    restless.add(differences(BEFORE, View({**BEFORE.elements, "/1": seen("1")})))
    ticked = View({**BEFORE.elements, "/1": seen("7"), "/1/0": seen("slide"), "/2": seen("next slide")})
    assert effect_of(button("Go"), touch(ticked), restless) is Effect.NOTHING
    inside = View({**BEFORE.elements, "/0/0": seen("Open", close=True)})
    assert effect_of(button("Go"), touch(inside), restless) is Effect.CHANGE


@given(st.lists(st.text("/01", max_size=9)), st.lists(st.text("/01", max_size=5)))
def test_a_place_lies_within_what_is_around_it(paths: list[str], lively: list[str]) -> None:
    places, known = {f"/{place}".rstrip("/") for place in lively}, dict[str, bool]()
    for path in (f"/{path}".rstrip("/") for path in paths):
        around = any(path.startswith(f"{place}/") for place in places)
        assert lies_within(path, places, known) is around


class Counted(str):
    """A place that counts how often what is around one was asked for."""

    asked = 0

    def rpartition(self, sep: str, /) -> tuple[str, str, str]:
        Counted.asked += 1
        above, mark, last = super().rpartition(sep)
        return Counted(above), mark, last


def test_a_deep_page_is_compared_in_steps_of_its_size() -> None:
    deep = "/0" * 200
    changes = {Counted(f"{deep}/{n}"): frozenset({Aspect.TEXT}) for n in range(4_000)}
    still, moved, lively = Restless(), Restless({"/9": frozenset({Aspect.BOX})}), Restless({"/9/9": frozenset(Aspect)})
    for restless, most in ((still, 0), (moved, 0), (lively, 16_000)):
        Counted.asked = 0
        assert restless.calm(changes) == changes
        assert Counted.asked <= most


def test_a_survey_of_the_wrong_shape_is_none() -> None:
    whole = {"rows": [["/0", "x", [0, 0, 1, 1], "", [0], "", False, False]], "controls": [], "found": 0, "modals": 0}
    assert read_survey({**whole, "scroll": 0, "url": HOME}) is not None
    assert read_survey(whole) is None
    assert read_survey(None) is None


def steps(*effects: Effect) -> Interaction:
    return Interaction(9, [Step("/", f'button "{n}"', Action.PRESS, effect) for n, effect in enumerate(effects)])


def test_the_share_is_of_what_was_tried_and_errors_weigh() -> None:
    told = steps(Effect.CHANGE, Effect.NAVIGATION, Effect.ERROR, Effect.NOTHING, Effect.NATIVE)
    counts = {key: told.facts()[key] for key in ("tried", "responsive", "dead", "erring", "share")}
    assert counts == {"tried": 4, "responsive": 2, "dead": 1, "erring": 1, "share": 0.25}
    assert steps(Effect.ERROR, Effect.ERROR).share == 0.0
    assert Interaction().share == 0.0


def test_a_page_that_takes_the_browser_with_it_erred() -> None:
    told = steps(Effect.CHANGE)
    told.now = ("/", 'button "Loop"', Action.PRESS)
    told.end("hung")
    assert (told.erring, told.share, told.facts()["ended"]) == (1, 0.0, "hung")
    lost = steps(Effect.CHANGE)
    lost.end("lost")
    assert (lost.erring, lost.share) == (0, 1.0)


def test_of_two_attempts_the_one_that_came_further_is_kept() -> None:
    far, near, done = steps(Effect.CHANGE, Effect.CHANGE), steps(Effect.CHANGE), steps()
    far.end("lost")
    near.end("lost")
    assert better(None, near) is near
    assert better(far, near) is far
    assert better(near, far) is far
    assert better(far, done) is done


def test_findings_name_controls_and_are_warnings() -> None:
    told = steps(Effect.NOTHING, Effect.FLEETING, Effect.CHANGE)
    (finding,) = interaction_findings(told)
    assert (finding.rule, finding.severity) == ("render/dead-controls", Severity.WARNING)
    assert 'button "0" on / (nothing)' in finding.message
    assert [f.rule for f in interaction_findings(steps(Effect.NOTHING, Effect.NOTHING))] == []
    assert [f.rule for f in interaction_findings(steps(Effect.ERROR))] == ["render/interaction-error"]
    assert list(interaction_findings(None)) == []
