"""Who is at fault when the VLM gives no grade, over the real wire protocol."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from vlm_server import VlmServer
from vlm_wire import image_hash

from services.errors import JudgeError
from services.judge.control import control_shot
from services.judge.protocol import Case, Shot
from services.judge.scripted import ScriptedJudge
from services.judge.shots import png_size
from services.judge.vlm import VlmJudge
from services.settings import JudgeChoice

KEY = "sk-a-very-secret-key-7351"
CONTROL = image_hash(control_shot().png)
# A picture that is not the control's: bytes after the end of a PNG are allowed.
HOME = Shot("home.png", "/", control_shot().png + b"candidate")
HOME_HASH = image_hash(HOME.png)
UNREADABLE = ("refusal", "truncated", "invalid-json", "schema-break", "wrong-nonce", "content-filter")


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(api_key=KEY, models=("scripted-vlm",), answers_as="scripted-vlm-2026") as started:
        yield started


def judge_at(server: VlmServer, **given: object) -> VlmJudge:
    choice = {
        "base_url": server.base_url,
        "model": "scripted-vlm",
        "api_key": SecretStr(KEY),
        "timeout": 5.0,
        "retries": 1,
    }
    return VlmJudge(JudgeChoice.model_validate({"kind": "vlm", **choice, **given}))


def case(samples: int = 1) -> Case:
    return Case("A shop for tea", (HOME,), samples=samples)


def test_grades_are_those_that_the_server_gave(server: VlmServer) -> None:
    server.give(HOME_HASH, rendering=4.5, relevance=3.0, layout=2.2, beauty=0.0, overall=2.9)
    verdict = judge_at(server).judge(case(samples=3))
    assert [s.criteria for s in verdict.samples] == [
        {"rendering": 4.5, "relevance": 3.0, "layout": 2.2, "beauty": 0.0}
    ] * 3
    assert [s.overall for s in verdict.samples] == [2.9] * 3
    assert verdict.model == "scripted-vlm-2026"
    assert verdict.usage == {"calls": 3, "prompt_tokens": 3_000, "completion_tokens": 300, "total_tokens": 3_300}
    assert len({request.nonce for request in server.requests}) == 3


@pytest.mark.parametrize("mode", ["down", "rate-limited", "broken-envelope"])
def test_a_failing_server_is_our_fault(server: VlmServer, mode: str) -> None:
    server.set(mode)
    with pytest.raises(JudgeError):
        judge_at(server).judge(case())


def test_a_server_that_is_not_there_is_our_fault_until_it_is_back(server: VlmServer) -> None:
    server.hang_up()
    with pytest.raises(JudgeError, match="cannot be reached"):
        judge_at(server).judge(case())
    server.listen()
    assert judge_at(server).judge(case()).samples


def test_a_slow_server_is_our_fault(server: VlmServer) -> None:
    server.set("slow")
    with pytest.raises(JudgeError, match="did not answer in time"):
        judge_at(server, timeout=0.2).judge(case())


def test_a_whole_judging_has_a_deadline(server: VlmServer) -> None:
    server.set("slow")
    with pytest.raises(JudgeError, match="no verdict within"):
        judge_at(server, timeout=20, deadline=0.2).judge(case())


@pytest.mark.parametrize("mode", UNREADABLE)
def test_a_judge_that_answers_nobody_readably_is_our_fault(server: VlmServer, mode: str) -> None:
    server.set(mode)
    with pytest.raises(JudgeError, match="nor a control shot"):
        judge_at(server).judge(case())
    assert [r.images for r in server.requests] == [(HOME_HASH,), (HOME_HASH,), (CONTROL,)]


@pytest.mark.parametrize("mode", UNREADABLE)
def test_shots_refused_twice_while_a_control_is_graded_are_the_candidates_failure(server: VlmServer, mode: str) -> None:
    server.set(mode, HOME_HASH)
    verdict = judge_at(server).judge(case())
    assert verdict.samples == ()
    assert [f.rule for f in verdict.findings] == ["judge/refused"]
    assert [r.images for r in server.requests] == [(HOME_HASH,), (HOME_HASH,), (CONTROL,)]


def three_shots() -> Case:
    about, shop = (Shot(f"{n}.png", f"/{n}", control_shot().png + bytes([n])) for n in (1, 2))
    return Case("A shop for tea", (HOME, about, shop))


def test_a_bound_on_pictures_is_the_servers_and_not_the_candidates(server: VlmServer) -> None:
    server.set("one-picture")
    with pytest.raises(JudgeError, match="nor a control shot"):
        judge_at(server).judge(three_shots())
    assert judge_at(server).judge(case()).samples


def test_several_shots_are_refused_beside_as_many_control_shots(server: VlmServer) -> None:
    server.set("content-filter", HOME_HASH)
    verdict = judge_at(server).judge(three_shots())
    assert (verdict.samples, [f.rule for f in verdict.findings]) == ((), ["judge/refused"])
    assert server.requests[-1].images == (CONTROL,) * 3


def test_the_control_is_as_large_and_under_as_long_an_instruction(server: VlmServer) -> None:
    large = Shot("home.png", "/", control_shot(1_280, 900).png + b"candidate")
    instruction = "A shop for tea. " * 200
    server.set("content-filter", image_hash(large.png))
    judge_at(server).judge(Case(instruction, (large,)))
    asked, control = server.requests[0], server.requests[-1]
    assert control.images == (image_hash(control_shot(1_280, 900).png),)
    assert png_size(control_shot(1_280, 900).png) == (1_280, 900)
    assert len(control.text) > 0.9 * len(asked.text)


def test_a_control_that_meets_an_outage_blames_nobody_else(server: VlmServer) -> None:
    server.set("refusal", HOME_HASH)
    server.set("down", CONTROL)
    with pytest.raises(JudgeError, match="500"):
        judge_at(server).judge(case())


def test_an_answer_that_is_readable_the_second_time_counts(server: VlmServer) -> None:
    server.set("schema-break", HOME_HASH)
    server.requests = _Heals(server)
    verdict = judge_at(server).judge(case())
    assert len(server.requests) == 2
    assert len(verdict.samples) == 1
    assert verdict.findings == ()


class _Heals(list):  # type: ignore[type-arg]
    """A request log that mends the server after its first entry."""

    def __init__(self, server: VlmServer) -> None:
        self._server = server

    def append(self, request: object) -> None:
        super().append(request)
        self._server.set("normal")


def test_an_unknown_model_is_ours_and_says_which_setting_to_look_at(server: VlmServer) -> None:
    with pytest.raises(JudgeError, match=r"404.*WEBGEN_JUDGE__MODEL"):
        judge_at(server, model="no-such-model").judge(case())


def test_a_wrong_key_is_ours_and_says_which_setting_to_look_at(server: VlmServer) -> None:
    with pytest.raises(JudgeError, match=r"401.*WEBGEN_JUDGE__API_KEY"):
        judge_at(server, api_key=SecretStr("sk-another-key-0000")).judge(case())


@pytest.mark.parametrize("address", ["not an address", "ftp://127.0.0.1/v1", "http://127.0.0.1:99999/v1"])
def test_an_address_that_leads_nowhere_is_ours(server: VlmServer, address: str) -> None:
    with pytest.raises(JudgeError):
        judge_at(server, base_url=address).judge(case())


@pytest.mark.parametrize("key", ["sk-with\nline-end", "sk-€uro", "sk with space"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_quoted(server: VlmServer, key: str) -> None:
    with pytest.raises(JudgeError, match="API key") as caught:
        judge_at(server, api_key=SecretStr(key))
    assert key not in str(caught.value)


def test_no_variable_of_the_environment_decides_where_the_key_goes(
    server: VlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/elsewhere")
    server.api_key = None
    assert judge_at(server, api_key=None).judge(case()).samples
    assert "somebody" not in server.requests[0].authorization


@pytest.mark.parametrize("mode", ["normal", "down", "broken-envelope", "refusal", "content-filter"])
def test_the_key_is_in_no_error_verdict_or_log(server: VlmServer, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.set(mode)
    judge = judge_at(server)
    seen = [repr(judge)]
    try:
        seen.append(repr(judge.judge(case())))
    except JudgeError as error:
        seen += [repr(error), "".join(traceback.format_exception(error))]
    seen += [record.getMessage() for record in caplog.records]
    assert server.requests[0].authorization == f"Bearer {KEY}"
    assert not [text for text in seen if KEY in text]


def test_the_judge_of_tests_never_needs_a_server() -> None:
    assert ScriptedJudge().judge(case()).samples[0] == ScriptedJudge().judge(case(samples=2)).samples[0]
