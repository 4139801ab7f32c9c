"""What the pipeline promises whatever happens to workers and messages, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from services.contract import Evaluation, Finding, Severity, Status
from services.errors import (
    Conflict,
    DependencySetMissing,
    JudgeError,
    NotReady,
    QueueFull,
    RegistryError,
    TooLarge,
    Unprocessable,
)
from services.pipeline import claims, reaper
from services.pipeline.versions import announce
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import Profile, built_in
from services.stages import ORDER, Stage
from tests.support.workshop import DEFAULTS, FINISHED, VERSIONS, Workshop, rollout

UNFIT, FIT = "a\0b\ud800c", "a\ufffdb\ufffdc"


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(database_url, tmp_path / "room")
    yield workshop
    workshop.records.close()


class Killed(BaseException):
    """Ends a stage as SIGKILL would: nothing is reported and nothing is cleaned up."""


def killing(job: StageJob) -> StageResult:
    raise Killed


def deliver_to_a_dying_worker(shop: Workshop) -> None:
    with pytest.raises(Killed):
        shop.deliver()


def walk_to(shop: Workshop, stage: Stage) -> None:
    """Deliver until the next message is for the stage."""
    while shop.broker.sent and shop.broker.sent[0][0] is not stage:
        shop.deliver()


def test_a_rollout_travels_through_every_stage_to_its_reward(shop: Workshop) -> None:
    (queued,) = shop.submit(rollout(metadata={"seed": 7}))
    assert (queued.status, queued.stage, queued.reward) == (Status.QUEUED, Stage.LINT, None)
    shop.drain()
    scored = shop.get(queued)
    assert (scored.status, scored.reward, scored.band) == (Status.SCORED, FINISHED, "rendered")
    assert [report.stage for report in scored.reports] == list(ORDER)
    assert scored.rewards_by_profile == {"cascade": 4.2, "webgen-r1": 4.2, "webgen-r1-released": 4.2}
    assert scored.versions == VERSIONS
    assert scored.profile.name == "cascade"
    assert scored.metadata == {"seed": 7}
    assert scored.judge is not None
    assert scored.judge.kind == "scripted"
    assert shop.broker.hints == [queued.id]


def test_text_that_no_database_can_hold_is_stored_cleaned(shop: Workshop) -> None:
    def build(job: StageJob) -> StageResult:
        finding = Finding(rule="build/error", severity=Severity.ERROR, message="a\0b", file="\0")
        done = DEFAULTS[Stage.BUILD](job)
        return replace(done, findings=(finding,), facts={"title": UNFIT, "list": [{UNFIT: (UNFIT, 1, None)}]})

    shop.scripts[Stage.BUILD] = build
    (queued,) = shop.submit(rollout())
    shop.drain()
    scored = shop.get(queued)
    report = next(report for report in scored.reports if report.stage is Stage.BUILD)
    assert (scored.status, scored.reward) == (Status.SCORED, FINISHED)
    assert (report.findings[0].message, report.findings[0].file) == ("a\ufffdb", "\ufffd")
    assert report.facts == {"title": FIT, "list": [{FIT: [FIT, 1, None]}]}


def test_a_message_delivered_twice_works_once(shop: Workshop) -> None:
    (queued,) = shop.submit(rollout())
    shop.broker.sent.append(shop.broker.sent[0])
    shop.drain()
    assert shop.get(queued).reward == FINISHED
    assert set(shop.worked.values()) == {1}


def test_a_lost_message_is_sent_again(shop: Workshop) -> None:
    (queued,) = shop.submit(rollout())
    shop.broker.sent.clear()
    assert shop.sweep() == 1
    shop.drain()
    assert shop.get(queued).reward == FINISHED


def test_a_message_that_still_waits_is_not_sent_again(shop: Workshop) -> None:
    shop.submit(rollout())
    assert shop.sweep() == 0
    assert len(shop.broker.sent) == 1


@pytest.mark.parametrize("stage", ORDER)
def test_a_worker_killed_in_a_stage_costs_nothing_but_time(shop: Workshop, stage: Stage) -> None:
    (queued,) = shop.submit(rollout())
    walk_to(shop, stage)
    shop.scripts[stage] = killing
    deliver_to_a_dying_worker(shop)
    assert shop.get(queued).status is Status.RUNNING
    del shop.scripts[stage]
    shop.sweep()
    shop.drain()
    assert shop.get(queued).reward == FINISHED
    assert len(shop.broker.hints) == 1


def test_a_report_under_an_old_attempt_is_dropped(shop: Workshop) -> None:
    (queued,) = shop.submit(rollout())
    seen: list[claims.Claim | None] = []
    with shop.desk.transaction() as (session, effects, now):
        seen.append(claims.claim(session, queued.id, Stage.LINT, "slow:1", now, effects))
    shop.sweep()
    shop.drain()
    held = seen[0]
    assert held is not None
    late = shop.get(queued).reports[0].model_copy(update={"passed": False, "facts": {}})
    with shop.desk.transaction() as (session, effects, now):
        assert not claims.report(session, held, late, now, effects)
        assert not claims.renew(session, held, now)
        assert not claims.fail(session, held, RegistryError("late"), now, effects)
    assert shop.get(queued).reward == FINISHED


def finish_a_neighbour(shop: Workshop) -> None:
    shop.submit(rollout(99, "a neighbour"))
    shop.drain()


def lose_workers(shop: Workshop, stage: Stage, times: int) -> None:
    shop.scripts[stage] = killing
    for _ in range(times):
        walk_to(shop, stage)
        deliver_to_a_dying_worker(shop)
        shop.sweep()
    del shop.scripts[stage]


def lose_a_neighbour_passing_meanwhile(shop: Workshop, stage: Stage) -> Evaluation:
    """A rollout that takes its workers along, while another passes the stage after the first loss."""
    (queued,) = shop.submit(rollout())
    lose_workers(shop, stage, 1)
    message = shop.broker.sent.popleft()
    finish_a_neighbour(shop)
    shop.broker.sent.append(message)
    lose_workers(shop, stage, 2)
    return queued


def test_a_rollout_that_kills_its_worker_three_times_is_the_candidates_failure(shop: Workshop) -> None:
    ended = shop.get(lose_a_neighbour_passing_meanwhile(shop, Stage.BUILD))
    assert (ended.status, ended.band) == (Status.SCORED, "build-failed")
    assert ended.reward == -0.3
    assert [finding.rule for finding in ended.reports[-1].findings] == ["pipeline/killed-worker"]


def test_the_third_run_is_alone(shop: Workshop) -> None:
    alone: list[bool] = []

    def watch(job: StageJob) -> StageResult:
        alone.append(job.alone)
        raise Killed

    shop.submit(rollout())
    shop.scripts[Stage.BUILD] = watch
    for _ in range(3):
        walk_to(shop, Stage.BUILD)
        deliver_to_a_dying_worker(shop)
        shop.sweep()
    assert alone == [False, False, True]


def test_a_judge_that_is_lost_is_never_the_candidates_fault(shop: Workshop) -> None:
    ended = shop.get(lose_a_neighbour_passing_meanwhile(shop, Stage.JUDGE))
    assert (ended.reward, ended.unscored_reason) == (None, "worker-lost")


def test_equal_rollouts_share_the_killers_end_for_a_while_and_not_for_ever(shop: Workshop) -> None:
    lose_a_neighbour_passing_meanwhile(shop, Stage.BUILD)
    (soon,) = shop.submit(rollout(1))
    shop.drain()
    assert shop.get(soon).band == "build-failed"
    shop.clock.now += 1_000
    (later,) = shop.submit(rollout(2))
    shop.drain()
    assert shop.get(later).reward == FINISHED


def test_claims_that_ran_out_while_nobody_watched_are_nobodys_fault(shop: Workshop) -> None:
    finish_a_neighbour(shop)
    (queued,) = shop.submit(rollout())
    for _ in range(4):
        walk_to(shop, Stage.BUILD)
        shop.scripts[Stage.BUILD] = killing
        deliver_to_a_dying_worker(shop)
        del shop.scripts[Stage.BUILD]
        started = shop.clock.now + 60
        assert shop.sweep(60, watching_since=started) == 0, "live workers get time to renew"
        assert shop.sweep(30, watching_since=started) == 1
    shop.drain()
    assert shop.get(queued).reward == FINISHED


def test_lost_workers_without_evidence_against_the_candidate_end_unscored(shop: Workshop) -> None:
    finish_a_neighbour(shop)
    shop.clock.now += 60
    (queued,) = shop.submit(rollout())
    lose_workers(shop, Stage.BUILD, 3)
    ended = shop.get(queued)
    assert (ended.status, ended.reward, ended.unscored_reason) == (Status.UNSCORED, None, "worker-lost")


def test_our_fault_is_retried_and_then_unscored(shop: Workshop) -> None:
    def unreachable(job: StageJob) -> StageResult:
        raise JudgeError("no answer")

    shop.scripts[Stage.JUDGE] = unreachable
    (queued,) = shop.submit(rollout())
    for _ in range(5):
        shop.drain()
        shop.sweep()
    ended = shop.get(queued)
    assert (ended.status, ended.reward, ended.unscored_reason) == (Status.UNSCORED, None, "judge")
    assert shop.worked[Stage.JUDGE] == 3


def test_a_defect_of_ours_is_never_a_bad_reward(shop: Workshop) -> None:
    def defect(job: StageJob) -> StageResult:
        raise ZeroDivisionError

    shop.scripts[Stage.RENDER] = defect
    (queued,) = shop.submit(rollout())
    for _ in range(5):
        shop.drain()
        shop.sweep()
    assert (shop.get(queued).reward, shop.get(queued).unscored_reason) == (None, "internal")


def test_a_fault_that_passes_leaves_no_trace_in_the_reward(shop: Workshop) -> None:
    failures = iter([RegistryError("refused")])

    def flaky(job: StageJob) -> StageResult:
        for failure in failures:
            raise failure
        return DEFAULTS[Stage.RESOLVE](job)

    shop.scripts[Stage.RESOLVE] = flaky
    (queued,) = shop.submit(rollout())
    shop.drain()
    shop.sweep()
    shop.drain()
    assert shop.get(queued).reward == FINISHED


def test_a_set_that_is_gone_is_resolved_again(shop: Workshop) -> None:
    failures = iter([DependencySetMissing("evicted")])

    def without_set(job: StageJob) -> StageResult:
        for failure in failures:
            raise failure
        return DEFAULTS[Stage.BUILD](job)

    shop.scripts[Stage.BUILD] = without_set
    (queued,) = shop.submit(rollout())
    shop.drain()
    shop.sweep()
    shop.drain()
    assert shop.get(queued).reward == FINISHED
    assert shop.worked[Stage.RESOLVE] == 2


def contended_result(job: StageJob) -> StageResult:
    return StageResult(passed=False, limit_hit="wall", contended=True)


def test_a_wall_limit_without_cpu_is_repeated_once_alone_before_anyone_is_blamed(shop: Workshop) -> None:
    alone: list[bool] = []

    def slow(job: StageJob) -> StageResult:
        alone.append(job.alone)
        return contended_result(job)

    shop.scripts[Stage.BUILD] = slow
    (queued,) = shop.submit(rollout())
    shop.drain()
    assert alone == [False, True]
    assert (shop.get(queued).band, shop.get(queued).reports[-1].limit_hit) == ("build-failed", "wall")


def test_a_contention_timeout_is_never_taken_over(shop: Workshop) -> None:
    shop.scripts[Stage.BUILD] = contended_result
    shop.submit(rollout(1))
    shop.drain()
    del shop.scripts[Stage.BUILD]
    (second,) = shop.submit(rollout(2))
    shop.drain()
    assert shop.get(second).reward == FINISHED


def test_two_hundred_copies_are_worked_once(shop: Workshop) -> None:
    queued = shop.submit(*(rollout(number) for number in range(200)))
    shop.drain()
    ended = [shop.get(evaluation) for evaluation in queued]
    assert {evaluation.reward for evaluation in ended} == {FINISHED}
    assert len({evaluation.id for evaluation in ended}) == 200
    assert all(count == 1 for count in shop.worked.values())
    assert sum(len(evaluation.reused) == len(ORDER) for evaluation in ended) == 199


def test_a_verdict_is_asked_anew_in_the_next_step(shop: Workshop) -> None:
    shop.submit(rollout(1))
    shop.drain()
    shop.submit(rollout(2).model_copy(update={"step": 2}))
    shop.drain()
    assert (shop.worked[Stage.RENDER], shop.worked[Stage.JUDGE]) == (1, 2)


def test_waiters_go_on_when_the_one_that_works_is_killed(shop: Workshop) -> None:
    queued = shop.submit(rollout(1), rollout(2))
    walk_to(shop, Stage.BUILD)
    shop.scripts[Stage.BUILD] = killing
    deliver_to_a_dying_worker(shop)
    del shop.scripts[Stage.BUILD]
    shop.sweep()
    shop.drain()
    assert [shop.get(evaluation).reward for evaluation in queued] == [FINISHED, FINISHED]


def test_waiters_share_an_unscored_end_and_a_later_submission_tries_anew(shop: Workshop) -> None:
    def unreachable(job: StageJob) -> StageResult:
        raise JudgeError("no answer")

    shop.scripts[Stage.JUDGE] = unreachable
    queued = shop.submit(rollout(1), rollout(2))
    for _ in range(5):
        shop.drain()
        shop.sweep()
    assert [shop.get(evaluation).unscored_reason for evaluation in queued] == ["judge", "judge"]
    del shop.scripts[Stage.JUDGE]
    (third,) = shop.submit(rollout(3))
    shop.drain()
    assert shop.get(third).reward == FINISHED


def test_cancelling_a_run_leaves_shared_work_to_the_other(shop: Workshop) -> None:
    (mine,) = shop.submit(rollout(1), run="mine")
    (other,) = shop.submit(rollout(1), run="other")
    assert shop.pipeline.cancel("mine") == 1
    shop.sweep()
    shop.drain()
    assert shop.get(mine).status is Status.CANCELLED
    assert shop.get(other).reward == FINISHED


def test_a_cancelled_evaluation_takes_no_report(shop: Workshop) -> None:
    (queued,) = shop.submit(rollout())

    def cancelled_meanwhile(job: StageJob) -> StageResult:
        shop.pipeline.cancel("run")
        return DEFAULTS[Stage.LINT](job)

    shop.scripts[Stage.LINT] = cancelled_meanwhile
    shop.drain()
    assert (shop.get(queued).status, shop.get(queued).reports) == (Status.CANCELLED, [])


def test_the_same_submission_twice_is_the_same_evaluations(shop: Workshop) -> None:
    first = shop.submit(rollout(1), rollout(2))
    again = shop.submit(rollout(1), rollout(2))
    assert [e.id for e in first] == [e.id for e in again]
    assert len(shop.broker.sent) == 1  # equal completions: the second waits for the first's work


def test_another_body_under_a_used_id_is_refused_whole(shop: Workshop) -> None:
    shop.submit(rollout(1))
    with pytest.raises(Conflict, match="'r1'"):
        shop.submit(rollout(2, "new"), rollout(1, "another body"))
    assert len(shop.pipeline.evaluations("run", cursor=None, limit=10).evaluations) == 1


def test_one_id_twice_in_a_batch(shop: Workshop) -> None:
    first, second = shop.submit(rollout(1), rollout(1))
    assert first.id == second.id
    with pytest.raises(Unprocessable, match="twice"):
        shop.submit(rollout(2, "a"), rollout(2, "b"))


def test_the_queue_is_bounded(shop: Workshop) -> None:
    many = [rollout(number) for number in range(1_001)]
    with pytest.raises(TooLarge, match="1000"):
        shop.submit(*many)
    shop.submit(*many[:999])
    with pytest.raises(QueueFull) as caught:
        shop.submit(rollout(5_000), rollout(5_001))
    assert caught.value.retry_after
    assert len(shop.submit(*many[:999])) == 999  # nothing new is asked for


def test_a_run_is_pinned_to_the_versions_of_its_first_submission(shop: Workshop) -> None:
    shop.submit(rollout(1))
    announce(shop.records, {"judge": "another"}, shop.clock())
    with pytest.raises(Conflict, match="judge scripted -> another"):
        shop.submit(rollout(2))
    (accepted,) = shop.submit(rollout(2), accept_versions=True)
    assert accepted.versions["judge"] == "another"


def test_a_worker_of_another_version_does_not_do_the_work(shop: Workshop) -> None:
    (queued,) = shop.submit(rollout(1))
    announce(shop.records, {"judge": "another"}, shop.clock())
    (pinned_anew,) = shop.submit(rollout(2, "another site"), run="new")
    shop.drain(20)
    assert shop.get(queued).reward == FINISHED
    assert shop.get(pinned_anew).status is Status.QUEUED, "the right worker may come yet"
    shop.sweep(1_000)
    shop.drain(20)
    assert shop.get(pinned_anew).unscored_reason == "version-mismatch"


def test_nothing_is_taken_before_every_kind_of_worker_was_there(shop: Workshop) -> None:
    with shop.records.write() as session:
        session.connection().exec_driver_sql("DELETE FROM announcements WHERE component = 'judge'")
    with pytest.raises(NotReady, match="judge"):
        shop.submit(rollout())
    assert shop.pipeline.ready()


def test_while_workers_come_back_a_run_is_told_to_wait_and_a_recorded_batch_is_answered(shop: Workshop) -> None:
    (first,) = shop.submit(rollout(1))
    with shop.records.write() as session:
        session.connection().exec_driver_sql("DELETE FROM announcements WHERE component = 'judge'")
    assert [evaluation.id for evaluation in shop.submit(rollout(1))] == [first.id]
    for accept in (False, True):
        with pytest.raises(NotReady, match="judge"):
            shop.submit(rollout(2), accept_versions=accept)


def test_ranks_that_open_a_run_at_once_all_get_in(shop: Workshop) -> None:
    with ThreadPoolExecutor(8) as ranks:
        batches = list(ranks.map(lambda n: shop.submit(rollout(n), rollout(n + 8)), range(8)))
    shop.drain()
    assert [shop.get(evaluation).reward for batch in batches for evaluation in batch] == [FINISHED] * 16


def test_an_unknown_profile_is_refused_and_another_than_the_runs(shop: Workshop) -> None:
    with pytest.raises(Unprocessable, match="cascade"):
        shop.submit(rollout(), profile="nonsense")
    shop.submit(rollout(1), profile="webgen-r1")
    with pytest.raises(Conflict, match="profile"):
        shop.submit(rollout(2), profile="cascade")
    assert shop.submit(rollout(3))[0].profile.name == "webgen-r1"


def rejudged(shop: Workshop) -> tuple[Evaluation, Evaluation]:
    def unreachable(job: StageJob) -> StageResult:
        raise JudgeError("no answer")

    shop.scripts[Stage.JUDGE] = unreachable
    (queued,) = shop.submit(rollout())
    for _ in range(5):
        shop.drain()
        shop.sweep()
    del shop.scripts[Stage.JUDGE]
    derived = shop.rejudge(queued)
    shop.drain()
    return shop.get(queued), shop.get(derived)


def test_rejudging_makes_a_new_evaluation_and_builds_nothing_again(shop: Workshop) -> None:
    old, new = rejudged(shop)
    assert (old.status, old.reward) == (Status.UNSCORED, None)
    assert (new.reward, new.derived_from) == (FINISHED, old.id)
    assert shop.worked[Stage.BUILD] == shop.worked[Stage.RENDER] == 1
    assert new.reused == [Stage.LINT, Stage.RESOLVE, Stage.BUILD, Stage.RENDER]


def test_what_has_no_screenshots_cannot_be_rejudged(shop: Workshop) -> None:
    (queued,) = shop.submit(rollout())
    with pytest.raises(Conflict, match="screenshots"):
        shop.rejudge(queued)


def test_steps_say_what_happened_in_them(shop: Workshop) -> None:
    def no_source(job: StageJob) -> StageResult:
        return StageResult(passed=False, facts={"static": {"static/site-source": False}})

    shop.submit(rollout(1, group="g"), rollout(2, group="g"))
    shop.drain()
    shop.scripts[Stage.LINT] = no_source
    shop.submit(rollout(3, "nothing", group="g"))
    shop.drain()
    (step,) = shop.pipeline.steps("run", None, 10).steps
    assert step.counts == {Status.SCORED: 3}
    assert step.bands == {"no-source": 1, "rendered": 2}
    assert step.mean_reward == pytest.approx((2 * FINISHED - 1) / 3)
    assert step.within_group_spread == pytest.approx(2.451306, abs=1e-5)
    assert step.reused == 1


def test_listings_go_on_from_their_cursor(shop: Workshop) -> None:
    for number in range(5):
        shop.clock.now += 1
        shop.submit(rollout(number), run=f"run-{number}")
    first = shop.pipeline.runs(None, 3)
    second = shop.pipeline.runs(first.next_cursor, 3)
    assert [r.run for r in first.runs + second.runs] == [f"run-{n}" for n in (4, 3, 2, 1, 0)]
    assert second.next_cursor is None


def test_an_embedded_start_lets_interrupted_work_go_on_at_once(shop: Workshop) -> None:
    (interrupted,) = shop.submit(rollout(1))
    walk_to(shop, Stage.BUILD)
    shop.scripts[Stage.BUILD] = killing
    deliver_to_a_dying_worker(shop)
    (waiting,) = shop.submit(rollout(2, "another site"))
    shop.broker.sent.clear()
    del shop.scripts[Stage.BUILD]
    assert reaper.forget_claims(shop.desk) == 1
    assert shop.sweep(0) == 2
    shop.drain()
    assert [shop.get(evaluation).reward for evaluation in (interrupted, waiting)] == [FINISHED, FINISHED]


def test_new_work_under_a_cancelled_runs_name_lets_the_run_go_on(shop: Workshop) -> None:
    shop.submit(rollout(1))
    shop.pipeline.cancel("run")
    assert shop.pipeline.run("run").cancelled
    (again,) = shop.submit(rollout(2))
    shop.drain()
    assert not shop.pipeline.run("run").cancelled
    assert shop.get(again).reward == FINISHED


def own_profile(**changes: object) -> Profile:
    return built_in()["cascade"].model_copy(update={"name": "mine", **changes})


def test_a_profile_that_names_no_rule_is_refused_with_what_was_meant(shop: Workshop) -> None:
    static = built_in()["cascade"].static
    wrong = own_profile(static=static.model_copy(update={"gates": ("static/entry-pont",)}))
    with pytest.raises(Unprocessable, match="static/entry-point"):
        shop.pipeline.put_profile(wrong)
    assert "mine" not in {profile.name for profile in shop.pipeline.profiles()}


def test_a_profiles_version_has_one_content_for_ever(shop: Workshop) -> None:
    shop.pipeline.put_profile(own_profile())
    shop.pipeline.put_profile(own_profile())
    with pytest.raises(Conflict, match="raise the version"):
        shop.pipeline.put_profile(own_profile(render_gate=False))
    shop.pipeline.put_profile(own_profile(render_gate=False, version="another"))
    with pytest.raises(Conflict, match="built-in"):
        shop.pipeline.put_profile(built_in()["cascade"])


def test_the_reason_for_an_unscored_end_is_told_in_words(shop: Workshop) -> None:
    ended = rejudged(shop)[0]
    assert (ended.unscored_reason, ended.unscored_detail) == ("judge", "no answer")
