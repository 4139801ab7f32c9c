"""What a container's keeper says is read within bounds, whatever it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.sandbox.docker.results import Marked, Results

MARK = b"0123456789abcdef"


def read(stream: bytes, *, folder: str | None = "out", max_files: int = 10, max_bytes: int = 100) -> Results:
    results = Results(MARK, folder, max_files, max_bytes)
    buffer = bytearray()
    for byte in stream:
        buffer.append(byte)
        results.read(buffer)
    return results


def said(*entries: bytes, contents: bytes = b"", ending: bytes = b"0 0 1\n") -> bytes:
    return ending + b"".join(entry + b"\0" for entry in entries) + b"\0" + contents + MARK


def test_files_are_taken_in_the_order_of_the_list() -> None:
    results = read(said(b"f 1 3 a b", b"d 2 40 sub", b"f 1 0 sub/empty", b"f 1 2 sub/c", contents=b"onetw"))
    assert results.found.files == {"a b": b"one", "sub/empty": b"", "sub/c": b"tw"}
    assert (results.done, results.broken, results.found.refused) == (True, False, [])


def test_the_programs_end_is_told() -> None:
    results = read(said(ending=b"139 1 0\n"), folder=None)
    assert (results.exit_code, results.disk_full, results.files_in, results.done) == (139, True, False, True)


def test_what_is_no_regular_file_with_one_name_is_refused() -> None:
    results = read(
        said(b"l 1 3 link", b"f 2 3 twice", b"p 1 0 fifo", b"f 1 2 new\nline", b"f 1 1 \xff", contents=b"xxy")
    )
    assert results.found.files == {}
    assert results.found.refused == ["link", "twice", "fifo", "new\nline", "\\udcff"]
    assert not results.broken


def test_a_folder_that_is_missing_or_a_link_is_refused() -> None:
    results = read(said(b"- 0 0 "))
    assert (results.found.refused, results.found.files, results.done) == (["out"], {}, True)


def test_no_results_are_asked_for() -> None:
    results = read(said(b"- 0 0 "), folder=None)
    assert (results.found.refused, results.done, results.broken) == ([], True, False)


def test_a_job_that_may_leave_no_file_and_is_asked_for_none_left_none_too_many() -> None:
    results = read(said(b"- 0 0 "), folder=None, max_files=0)
    assert (results.found.overflow, results.done, results.broken) == (False, True, False)


def test_more_bytes_than_may_be_read_end_the_reading() -> None:
    results = read(said(b"f 1 60 a", b"f 1 60 b", contents=b"x" * 120))
    assert (list(results.found.files), results.found.overflow, results.done) == (["a"], True, True)


def test_more_files_than_may_be_read_end_the_reading() -> None:
    results = read(said(*(b"f 1 0 %d" % number for number in range(12))))
    assert (len(results.found.files), results.found.overflow) == (10, True)


def test_a_list_of_many_names_is_not_followed() -> None:
    results = read(said(*(b"l 1 0 %d" % number for number in range(30))))
    assert (results.found.overflow, results.done) == (True, True)


def test_a_stream_that_ends_before_its_contents_is_broken() -> None:
    results = read(said(b"f 1 30 a", contents=b"short"))
    assert (results.done, results.broken, results.found.files) == (True, True, {})


def test_a_list_that_breaks_the_form_is_broken() -> None:
    for entry in (b"f one 3 a", b"f 1 -3 a", b"nonsense"):
        assert read(said(entry, contents=b"xxx")).broken, entry


@given(st.binary(max_size=200))
def test_nothing_that_is_said_is_an_error(stream: bytes) -> None:
    results = read(stream)
    assert sum(map(len, results.found.files.values())) <= 100


@given(st.lists(st.binary(max_size=20)), st.binary(max_size=20))
def test_a_mark_is_found_however_the_stream_is_cut(pieces: list[bytes], after: bytes) -> None:
    before = b"".join(pieces)
    stream = before + MARK + after
    for size in (1, 3, 7, len(stream)):
        marked = Marked(MARK, 1_000)
        for at in range(0, len(stream), size):
            marked.take(stream[at : at + size])
        assert (bytes(marked.before), bytes(marked.after), marked.count) == (before, after, len(before))


def test_what_comes_before_a_mark_is_counted_beyond_what_is_kept() -> None:
    marked = Marked(MARK, 5)
    marked.take(b"x" * 100)
    marked.end()
    assert (bytes(marked.before), marked.count, marked.found) == (b"xxxxx", 100, False)
