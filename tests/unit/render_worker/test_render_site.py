"""Which answer each address of a built site has."""

from __future__ import annotations

import io
import zipfile

import pytest

from render_worker.site import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    ORIGIN,
    BundleTooLarge,
    Site,
    check_size,
    infer_base,
    is_own,
    read_bundle,
)
from services.errors import InternalError

FILES = {
    "index.html": b"<home>",
    "about.html": b"<about>",
    "docs/index.html": b"<docs>",
    "assets/app.js": b"js",
    "assets/a b.css": b"css",
    "LICENSE": b"text",
}


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/", 200, b"<home>"),
        ("/?q=1", 200, b"<home>"),
        ("/assets/app.js?v=2", 200, b"js"),
        ("/assets/a%20b.css", 200, b"css"),
        ("/LICENSE", 200, b"text"),
        ("/about", 200, b"<about>"),
        ("/docs", 200, b"<docs>"),
        ("/docs/", 200, b"<docs>"),
        ("/products/12", 200, b"<home>"),
        ("/products/", 200, b"<home>"),
        ("/gone.js", 404, b"Not found\n"),
        ("/../etc/passwd.txt", 404, b"Not found\n"),
    ],
)
def test_addresses_are_answered_as_vite_preview_does(path: str, status: int, body: bytes) -> None:
    answer = Site(FILES).answer(ORIGIN + path)
    assert (answer.status, answer.body) == (status, body)


def test_module_scripts_and_styles_get_the_types_browsers_insist_on() -> None:
    site = Site(FILES)
    assert site.answer(f"{ORIGIN}/assets/app.js").content_type.startswith("text/javascript")
    assert site.answer(f"{ORIGIN}/assets/a%20b.css").content_type.startswith("text/css")


def test_a_site_without_a_home_page_answers_404() -> None:
    assert Site({"app.js": b""}).answer(ORIGIN + "/").status == 404


def test_a_site_built_for_a_folder_lives_in_that_folder() -> None:
    files = {"index.html": b'<script src="/shop/assets/app.js"></script>', "assets/app.js": b"js"}
    site = read_bundle(packed(files))
    assert site.home == f"{ORIGIN}/shop/"
    assert site.answer(f"{ORIGIN}/shop/assets/app.js").body == b"js"
    assert site.answer(f"{ORIGIN}/shop/").body == files["index.html"]


@pytest.mark.parametrize("html", [b"", b'<script src="/assets/gone.js">', b'<script src="/assets/app.js">', b"\xff"])
def test_otherwise_it_lives_at_the_root(html: bytes) -> None:
    assert infer_base({"index.html": html, "assets/app.js": b""}) == "/"


def test_only_our_origin_is_own() -> None:
    assert is_own(ORIGIN)
    assert is_own(f"{ORIGIN}/a")
    assert is_own(f"{ORIGIN}?a")
    assert not is_own(f"{ORIGIN}.evil.example/")
    assert not is_own(f"{ORIGIN}0/")
    assert not is_own("https://example.com/")


@pytest.mark.parametrize(
    "sizes", [[1] * (MAX_FILES + 1), [MAX_FILE_BYTES + 1], [MAX_FILE_BYTES] * (MAX_TOTAL_BYTES // MAX_FILE_BYTES + 1)]
)
def test_too_large_a_bundle_is_refused_before_it_is_unpacked(sizes: list[int]) -> None:
    with pytest.raises(BundleTooLarge, match="at most"):
        check_size(sizes)


def test_a_damaged_bundle_is_our_fault() -> None:
    with pytest.raises(InternalError):
        read_bundle(b"PK\x03\x04 not a zip")
