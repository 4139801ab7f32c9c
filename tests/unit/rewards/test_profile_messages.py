"""Documents that are refused: each mistake is named by its key, with what is allowed."""

from __future__ import annotations

import pytest

from services.compliance import RULES
from services.errors import Unprocessable
from services.rewards.profile import BUILT_IN, built_in_text, parse

CASCADE = built_in_text("cascade").replace("[bands.no-source]", "[clip]\nreward = [-1.0, 5.2]\n[bands.no-source]")


def refused(text: str) -> str:
    with pytest.raises(Unprocessable) as caught:
        parse(text, RULES)
    return caught.value.detail


CASES = [
    ("samples = 3", "samples = 0", "judge.samples: 0 is too small; at least 1 is allowed"),
    ("samples = 3", "samples = 17", "judge.samples: 17 is too large; at most 16 is allowed"),
    ("samples = 3", "samples = 2.5", "judge.samples: 2.5 is not a whole number"),
    ("samples = 3", 'samples = "3"', "judge.samples: '3' is not a whole number"),
    ("samples = 3", "sampels = 3", "judge.sampels: there is no such key; did you mean 'samples'?"),
    ("render_gate = true", "render_gat = true", "render_gat: there is no such key; did you mean 'render_gate'?"),
    ("render_gate = true", 'render_gate = "yes"', "render_gate: 'yes' is not true or false"),
    ("ordered = true", "zzz = true", "zzz: there is no such key; allowed are bands, clip, components,"),
    ('render = "full"', 'render = "fulll"', "render: 'fulll' is not allowed; did you mean 'full'?"),
    ('render = "full"', 'render = "x"', "render: 'x' is not allowed; allowed are full, home"),
    ("[bands.rendered]", "[bands.rendred]", "bands.rendred: there is no such key; did you mean 'rendered'?"),
    ("gate-share = 0.3", "gate-shar = 0.3", "weights.gate-shar: there is no such key; did you mean 'gate-share'?"),
    ("gate-share = 0.3", "gate-share = 1e308", "weights.gate-share: 1e+308 is too large; at most 1e+06 is allowed"),
    ("gate-share = 0.3", "gate-share = nan", "weights.gate-share: nan is not a finite number"),
    ("base = -0.2", "base = -inf", "bands.render-failed.base: -inf is not a finite number"),
    ("base = -0.2", 'base = "low"', "bands.render-failed.base: 'low' is not a number"),
    (
        "gate-share = 0.3",
        "appearance = 0.3",
        "appearance: is not measured yet in band static-failed; allowed are code-",
    ),
    ("[bands.no-source]\nbase = -1.0", "", "bands.no-source: is missing; write [bands.no-source]"),
    ('"static/scripts"', '"static/skripts"', "gates[2]: 'static/skripts' is no rule; did you mean 'static/scripts'?"),
    ('"static/bare-imports"', '"static/scripts"', "static.notes: 'static/scripts' is among static.gates too"),
    ('"static/bare-imports"', '"Bare Imports"', "static.notes[6]: 'Bare Imports' is not of the form"),
    ("[-1.0, 5.2]", "[5.2, -1.0]", "clip.reward: [5.2, -1.0] is upside down: write [lowest, highest]"),
    ("[-1.0, 5.2]", "[1.0]", "clip.reward[1]: is missing"),
    (
        "[-1.0, 5.2]",
        "[-1.0, 5.2]\nterms.format = [0, 2]",
        "clip.terms.format: [0, 2] leaves the term's own range, 0 to 1",
    ),
    (
        "[-1.0, 5.2]",
        "[-1.0, 5.2]\nterms.form = [0, 1]",
        "clip.terms.form: there is no such key; did you mean 'format'?",
    ),
    ("base = -0.2", "base = -0.31", "bands.build-failed: reaches -0.3 and bands.render-failed begins at -0.31"),
    ("[-1.0, 5.2]", "[-0.5, 5.2]", "bands.static-failed: reaches -0.5 and bands.build-failed begins at -0.5"),
    ("ordered = true", 'components = ["types"]', 'components: weighs types: say typecheck = "note" or "gate"'),
    ("ordered = true", 'components = ["tipes"]', "components[0]: 'tipes' is not allowed; did you mean 'types'?"),
    ('name = "cascade"', 'name = "My Profile"', "name: 'My Profile' is not of the form"),
    ('version = "2"', 'version = "2', "the profile is not valid TOML: "),
]


@pytest.mark.parametrize(("right", "wrong", "message"), CASES, ids=[case[2][:40] for case in CASES])
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(right: str, wrong: str, message: str) -> None:
    assert CASCADE.count(right) >= 1
    assert message in refused(CASCADE.replace(right, wrong, 1))


def test_all_mistakes_are_named_at_once() -> None:
    text = (
        CASCADE.replace("samples = 3", "samples = 0")
        .replace("render_gate", "render_gat")
        .replace('"static/scripts"', '"static/skripts"')
        .replace('name = "cascade"', "name = 7")
        .replace("base = -0.2", "base = -0.3")
        .replace("gate-share = 0.3", "appearance = 0.3")
    )
    detail = refused(text)
    for key in ("judge.samples", "render_gat", "static.gates[2]", "name", "bands.build-failed", "weights.appearance"):
        assert f"{key}: " in detail, key


def test_an_empty_document_misses_what_is_required() -> None:
    detail = refused("")
    assert all(f"{key}: is missing" in detail for key in ("name", "version", "static", "bands"))


def test_each_mistake_is_named_once() -> None:
    detail = refused(CASCADE.replace("samples = 3", "samples = 0"))
    assert detail == "the profile is not valid: judge.samples: 0 is too small; at least 1 is allowed"


def test_stored_documents_may_name_rules_of_old() -> None:
    assert parse(CASCADE.replace('"static/scripts"', '"static/of-old"')).static.gates[2] == "static/of-old"


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_profiles_are_valid_with_the_rules_there_are(name: str) -> None:
    assert parse(built_in_text(name), RULES).name == name


def test_dates_and_other_toml_values_are_refused_as_values() -> None:
    assert "judge.samples: " in refused(CASCADE.replace("samples = 3", "samples = 2026-01-01"))
