"""Built sites to measure rendering with, and hostile pages between them."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.candidates import Candidate
from benchmarks.stages import Journey, Stages
from render_worker.site import Site, read_bundle
from services.stages import Stage

Bundles = list[tuple[str, bytes]]
"""Site names and bundles, as the build stage keeps them."""

_PAGE = "<!doctype html><title>Hostile</title><h1>Hostile</h1><script>{}</script>"

HOSTILE = {
    "endless loop": _PAGE.format("for (;;);"),
    "memory bomb": _PAGE.format("const kept = []; for (;;) kept.push(new Uint8Array(5e7).fill(1));"),
    "crash": _PAGE.format("const kept = []; for (;;) kept.push(new Array(1e6).fill({}));"),
    "reloads": _PAGE.format("location.reload();"),
    "windows": _PAGE.format("for (let i = 0; i < 50; i++) open('/' + i);"),
    "workers": _PAGE.format(
        "const url = URL.createObjectURL(new Blob(['for (;;);'])); for (let i = 0; i < 4; i++) new Worker(url);"
    ),
    "storage": _PAGE.format(
        "for (let i = 0; i < 40; i++) localStorage['k' + i] = 'x'.repeat(1e5);"
        "navigator.serviceWorker?.register('/sw.js').catch(() => 0);"
        "caches.open('c').then((c) => c.put('/x', new Response('y'.repeat(1e6))));"
    ),
}
"""Pages that try to end, fill or outlive a browser: name -> home page."""


def hostile_site(name: str) -> Site:
    return Site({"index.html": HOSTILE[name].encode()})


def built(stages: Stages, candidates: Sequence[Candidate]) -> Bundles:
    """The candidates' bundles; one that does not build is left out.

    Raises:
        InfrastructureError: a tool of ours failed.
    """
    bundles: Bundles = []
    for candidate in candidates:
        journey = Journey(candidate)
        works = ((Stage.RESOLVE, stages.resolve), (Stage.BUILD, stages.build))
        if all(journey.run(stage, work).passed for stage, work in works):
            bundles.append((candidate.name, journey.content(Stage.BUILD, "bundle.zip")))
    return bundles


def site_of(bundle: bytes) -> Site:
    return read_bundle(bundle)
