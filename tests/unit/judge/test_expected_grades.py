"""Expected grades: by what an answer's tokens say that the model might have said."""

from __future__ import annotations

import re
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.judge.expected import Grade, Token, expected

WORD = re.compile(r"\d|\w+|\s+|[^\w\s]")


def tokens(parts: list[str], odds: dict[str, float], at: int) -> list[Token]:
    """Certain tokens, and beside the one at a place what else might have stood there."""
    rest = 1.0 - sum(odds.values())
    return [
        Token(part.encode(), log(rest), tuple((o.encode(), log(p)) for o, p in odds.items()))
        if number == at
        else Token(part.encode(), 0.0, ())
        for number, part in enumerate(parts)
    ]


def graded(number: list[str], odds: dict[str, float], at: int = 1, before: str = '{"beauty":') -> Grade:
    parts = [before, *number, "}"]
    answer = "".join(parts)
    stated = float("".join(number).strip(" :,"))
    return expected(answer, tokens(parts, odds, at), "beauty", stated)


def test_a_number_in_one_token_is_weighed_with_its_alternatives() -> None:
    assert graded(["4"], {"3": 0.25}) == Grade(3.75, "token")
    assert graded([" 4"], {" 3": 0.2, "5": 0.2}) == Grade(4.0, "token")
    assert graded(["3.5"], {"4.0": 0.4}) == Grade(3.7, "token")


def test_a_certain_grade_is_what_was_said() -> None:
    assert graded(["4"], {}) == Grade(4.0, "token")


def test_what_is_no_grade_does_not_count() -> None:
    assert graded(["4"], {"9": 0.1, '"': 0.1, "four": 0.1}) == Grade(4.0, "token")
    assert graded(["4"], {"-": 0.2, "3": 0.2}).value == pytest.approx(3.75)


def test_a_split_number_keeps_its_fraction_and_others_count_as_the_nearest_that_begins_so() -> None:
    assert graded(["3", ".", "5"], {"4": 0.4}) == Grade(3.7, "split")
    assert graded(["3", ".5"], {"2": 0.5}) == Grade(3.2, "split")
    assert graded(["3", ".", "5"], {"4.5": 0.5}) == Grade(4.0, "split")


@pytest.mark.parametrize("answer", ['{"beauty_reason":"x"}', '{"beauty":3,"beauty":4}', '{"beauty":"4"}', ""])
def test_where_the_number_is_not_found_once_it_is_the_stated_one(answer: str) -> None:
    assert expected(answer, [Token(answer.encode(), 0.0, ())], "beauty", 2.5) == Grade(2.5, "stated")


@pytest.mark.parametrize("number", [["5", "e-1"], ["5", "e", "-", "1"], ["3.5", "5"], ["0", ".5e1"]])
def test_a_token_that_does_not_mean_what_was_stated_does_not_count(number: list[str]) -> None:
    assert graded(number, {"4": 0.2}) == Grade(float("".join(number)), "stated")


@pytest.mark.parametrize("digit", ["\u0663", "\uff13", "\u0be9"])
def test_digits_that_no_json_number_has_do_not_count(digit: str) -> None:
    assert graded(["4"], {digit: 0.4}) == Grade(4.0, "token")


def test_a_probability_that_is_no_number_does_not_count() -> None:
    odd = Token(b"4", log(0.75), ((b"0", float("nan")), (b"3", log(0.25))))
    end = Token(b"}", 0.0, ())
    assert expected('{"beauty":4}', [Token(b'{"beauty":', 0.0, ()), odd, end], "beauty", 4.0) == Grade(3.75, "token")
    said = Token(b"4", float("nan"), ((b"3", log(0.9)),))
    assert expected('{"beauty":4}', [Token(b'{"beauty":', 0.0, ()), said, end], "beauty", 4.0) == Grade(4.0, "stated")


def test_a_grade_that_stands_twice_is_the_stated_one() -> None:
    parts = ['{"beauty":', "3", ',"beauty":', "4", "}"]
    assert expected("".join(parts), tokens(parts, {}, 1), "beauty", 4.0) == Grade(4.0, "stated")


def test_a_number_within_text_of_one_token_is_the_stated_one() -> None:
    parts = ["{", '"beauty": 4', "}"]
    assert expected("".join(parts), tokens(parts, {'"beauty": 3': 0.5}, 1), "beauty", 4.0) == Grade(4.0, "stated")


def test_tokens_that_do_not_make_up_the_answer_are_not_believed() -> None:
    answer = '{"beauty":4}'
    assert expected(answer, [], "beauty", 4.0) == Grade(4.0, "stated")
    assert expected(answer, tokens(['{"beauty":', "3", "}"], {}, 1), "beauty", 4.0) == Grade(4.0, "stated")


def test_what_follows_the_answer_does_not_matter() -> None:
    parts = ['{"beauty":', "4", "}", "<|end|>"]
    assert expected('{"beauty":4}', tokens(parts, {"3": 0.5}, 1), "beauty", 4.0) == Grade(3.5, "token")


def test_what_is_unlikely_in_all_is_not_weighed() -> None:
    assert graded(["4"], {"x": 0.6, "3": 0.05}) == Grade(4.0, "stated")


def test_a_reason_that_quotes_a_grade_is_not_taken_for_it() -> None:
    before = '{"beauty_reason":"they write \\"beauty\\": 5 here","beauty":'
    assert graded(["2"], {"1": 0.5}, before=before) == Grade(1.5, "token")


def test_words_in_other_writing_do_not_move_the_place() -> None:
    assert graded(["2"], {"1": 0.5}, before='{"beauty_reason":"schön 美しい","beauty":') == Grade(1.5, "token")


@given(
    st.floats(0, 5).map(lambda grade: round(grade, 1)),
    st.dictionaries(st.sampled_from([*"012345", "9", "3.5", "x", "}"]), st.floats(-20, 0), max_size=6),
)
def test_an_expected_grade_is_a_grade_and_never_beyond_what_counts(stated: float, odds: dict[str, float]) -> None:
    answer = f'{{"beauty":{stated}}}'
    others = tuple((text.encode(), likely) for text, likely in odds.items())
    parts = [Token(part.encode(), -0.1, others if part == str(stated)[0] else ()) for part in WORD.findall(answer)]
    grade = expected(answer, parts, "beauty", stated)
    assert 0 <= grade.value <= 5
    if not any(text in odds for text in ("0", "1", "2", "3", "4", "5", "3.5")):
        assert grade.value == pytest.approx(stated)
