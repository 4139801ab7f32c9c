"""The abuse suite's own parts: its manifest, and that it cannot overlook what an attack did or left."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from build_worker.lanes.project import LIMITS
from services.contract import Evaluation, Finding, ProfileRef, Severity, StageReport, Status
from services.stages import Stage
from tests.abuse.canaries import COLOUR, Canaries
from tests.abuse.case import Case, build_failed, refused, rendered, site
from tests.abuse.catalogue import cases, manifest, missing
from tests.abuse.evidence import Evidence
from tests.abuse.harness import GROUP, groups
from tests.abuse.leftovers import Snapshot, differences, with_new_sets, without_standing
from tests.abuse.pages import canary_pictures
from tests.abuse.verdict import described, elapsed, enforced, too_good, too_late, wrong

BEGAN = datetime(2024, 1, 1)
IDLE = Snapshot(Counter({(1, "node"): 2}), {"sets/a": (1, 2, 3, 4)}, frozenset(), frozenset({"/"}))


def evaluation(
    band: str = "build-failed", limit: str | None = None, seconds: float = 5.0, **changes: Any
) -> Evaluation:
    report = StageReport(
        stage=Stage.BUILD,
        passed=False,
        limit_hit=limit,
        findings=[Finding(rule="build/limit", severity=Severity.ERROR, message="ended")],
        facts={"lane": "project", "limits_by": "sampled"},
    )
    fields: dict[str, Any] = {
        "id": "e",
        "run": "r",
        "rollout_id": "r0",
        "status": Status.SCORED,
        "band": band,
        "reports": [report],
        "profile": ProfileRef(name="cascade", version="1", hash="h"),
        "created_at": BEGAN,
        "ended_at": BEGAN + timedelta(seconds=seconds),
    }
    return Evaluation(**{**fields, **changes})


def case(*right: Any, **options: Any) -> Case:
    return Case("build/some", site(), right, **options)


def test_manifest_and_cases_match_one_to_one() -> None:
    assert missing(manifest(), cases()) == []


ON_PAGES = {
    *("dialogs", "before-unload", "windows", "reload-loop", "push-state-loop", "downloads-and-permissions"),
    *("busy-loop", "busy-animation-frame", "busy-workers", "promise-chain", "backtracking-pattern", "endless-layout"),
    *("load-never-fires", "fonts-never-ready", "polling", "streaming", "connections", "internal-frames"),
    *("addresses-of-the-machine", "only-a-file", "script-and-blob-addresses", "addresses-that-crash", "persistence"),
    *("lies-over-blank", "lies-later", "shadowed-names", "sniffs-automation"),
    *("console-flood", "message-of-60-mb", "error-flood", "post-message-flood", "giant-texts", "long-addresses"),
    *("array-buffers", "wasm-memory", "endless-text", "endless-blobs", "heap", "deep-tree", "million-nodes"),
    *(
        "busy-after-the-photograph",
        "timer-chain",
        "many-requests",
        "console-flood-by-worker",
        "console-flood-by-frames",
    ),
    *("hundred-thousand-frames", "ten-million-pixels", "canvas-16k", "many-canvases", "webgl"),
}
FOR_THE_GRADER = {
    *("blank-with-swallowed-errors", "remote-frame", "unchanged-scaffold", "another-face", "lavish-first-screen"),
    *("text-for-the-judge", "one-picture", "painted-interface", "dead-ends", "toast-on-every-click"),
    *("nothing-to-touch", "same-routes"),
}


@pytest.mark.parametrize(("section", "attacks"), [("page", ON_PAGES), ("gaming", FOR_THE_GRADER)])
def test_every_known_attack_on_the_render_stage_is_in_the_manifest(section: str, attacks: set[str]) -> None:
    assert {f"{section}/{name}" for name in attacks} <= {entry.id for entry in manifest()}


def test_a_canary_page_is_seen_in_a_screenshot_by_its_colour(tmp_path: Path) -> None:
    def shot(colour: tuple[int, int, int]) -> bytes:
        picture = Image.new("RGB", (40, 30), "white")
        picture.putpixel((7, 9), colour)
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return buffer.getvalue()

    canaries = Canaries("s", "t", tmp_path, tmp_path, "a", tmp_path)
    texts = {"home.png": shot(COLOUR), "home-later.png": shot((1, 2, 3)), "bundle.zip/a.png": shot(COLOUR)}
    assert canary_pictures(Evidence(evaluation(), texts, canaries)) == ["home.png"]


def test_a_site_for_the_grader_may_not_earn_more_than_the_plain_one() -> None:
    gaming = case(rendered(), not_above=True)
    assert too_good(gaming, evaluation("rendered", reward=4.1), 4.0) is not None
    assert too_good(gaming, evaluation("rendered", reward=4.0), 4.0) is None
    assert too_good(case(rendered()), evaluation("rendered", reward=4.1), 4.0) is None


def test_what_does_not_match_is_named() -> None:
    entries, known = manifest()[:2], [replace(case(rendered()), id=manifest()[0].id)] * 2
    assert missing(entries, known) == [f"{entries[1].id} has no case", f"{entries[0].id} is there twice"]
    assert missing([], known[:1]) == [f"{entries[0].id} is not in the manifest"]


LONGEST_SECONDS = 2 * LIMITS.wall_seconds + 60
"""A build that its wall limit ended is repeated once, alone; the other stages take a minute at most."""


def test_every_case_names_a_right_verdict_and_a_bounded_time() -> None:
    for each in cases():
        assert each.right, each.id
        assert 0 < each.seconds <= LONGEST_SECONDS, each.id


def test_a_verdict_is_right_only_with_the_limit_and_the_rule_that_were_asked_for() -> None:
    by_memory = build_failed("build/limit", {"memory"})
    assert wrong(case(by_memory), evaluation(limit="memory")) is None
    assert wrong(case(by_memory), evaluation(limit="cpu")) is not None
    assert wrong(case(by_memory), evaluation()) is not None
    assert wrong(case(build_failed()), evaluation(limit="memory")) is not None
    assert wrong(case(build_failed("build/syntax")), evaluation()) is not None
    assert wrong(case(rendered(), build_failed()), evaluation()) is None


@pytest.mark.parametrize("status", [Status.UNSCORED, Status.CANCELLED, Status.RUNNING])
def test_an_evaluation_without_a_score_is_never_right(status: Status) -> None:
    assert wrong(case(build_failed()), evaluation(status=status)) is not None


def test_a_refusal_must_name_the_limit() -> None:
    request = httpx.Request("POST", "http://gateway")
    answer = httpx.Response(413, json={"detail": "larger than max_body_bytes = 64"}, request=request)
    assert wrong(case(refused(413, "max_body_bytes")), answer) is None
    assert wrong(case(refused(413, "max_batch")), answer) is not None
    assert wrong(case(build_failed()), answer) is not None
    assert "max_body_bytes = 64" in described(answer)
    assert enforced(answer) == "HTTP 413"


def test_a_late_verdict_is_a_problem() -> None:
    assert too_late(case(rendered(), seconds=10), evaluation(seconds=9)) is None
    assert too_late(case(rendered(), seconds=10), evaluation(seconds=11)) is not None
    assert elapsed(evaluation(ended_at=None)) == float("inf")


def test_the_line_says_what_held_the_attack() -> None:
    assert enforced(evaluation(limit="memory")) == "limit memory (sampled)"
    assert enforced(evaluation()) == "project lane, build/limit"


def test_a_case_that_wants_the_machine_for_itself_is_sent_alone() -> None:
    few = [replace(case(rendered()), id=f"build/n{n}", alone=n == 2) for n in range(7)]
    sent = list(groups(few))
    assert [few[2]] in sent
    assert max(map(len, sent)) <= GROUP
    assert sorted(each.id for group in sent for each in group) == sorted(each.id for each in few)


@pytest.mark.parametrize(
    "now",
    [
        replace(IDLE, processes=Counter({(1, "node"): 3})),
        replace(IDLE, processes=Counter({(1, "node"): 2, (2, "sh"): 1})),
        replace(IDLE, files={**IDLE.files, "tmp/left": (0, 0, 0, 0)}),
        replace(IDLE, files={}),
        replace(IDLE, files={"sets/a": (1, 2, 3, 5)}),
        replace(IDLE, strays=frozenset({"/tmp/x"})),
        replace(IDLE, mounts=frozenset({"/", "/mnt"})),
        replace(IDLE, standing=1),
        replace(IDLE, outlived=frozenset({"c0ffee"})),
        replace(IDLE, surplus=1),
        replace(IDLE, contained=1),
    ],
)
def test_whatever_an_attack_leaves_is_seen(now: Snapshot) -> None:
    assert len(differences(IDLE, now)) == 1


def test_a_browser_that_a_worker_keeps_was_not_left_but_what_is_beside_it_was() -> None:
    stamp = (1, 2, 3, 4)
    kept = dict.fromkeys(
        ("tmp/webgen-sandbox-a", "tmp/webgen-sandbox-a/driver", "tmp/webgen-sandbox-a/driver/x"), stamp
    )
    left = dict.fromkeys(("tmp/webgen-sandbox-b", "tmp/webgen-sandbox-b/go", "tmp/x"), stamp)
    assert without_standing(kept | left) == (left, 1)
    assert without_standing(left) == (left, 0)


def test_a_machine_at_rest_has_no_differences() -> None:
    assert differences(IDLE, replace(IDLE, processes=Counter({(1, "node"): 1}))) == []


def test_a_set_resolved_meanwhile_is_expected_once_and_must_not_change_afterwards() -> None:
    path = f"sets/{'a' * 64}/set.json"
    resolved = replace(IDLE, files={**IDLE.files, path: (1, 1, 1, 1)})
    assert differences(IDLE, resolved) == []
    changed = replace(resolved, files={**resolved.files, path: (1, 1, 1, 2)})
    assert differences(with_new_sets(IDLE, resolved), changed) == [f"a file was changed: {path}"]
