"""Sites whose whole dependency set comes from the hostile registry."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.abuse.case import site

CORE = ("react", "react-dom")
PAGE = """<!doctype html>
<html lang="en"><head><title>Plain</title></head>
<body style="background: #eef; color: #123; font-family: sans-serif">
<div id="root"><h1>Plain page @UNIQUE@</h1><p>It has a heading, a paragraph and some colour.</p></div>
<script type="module" src="/src/main.tsx"></script>
</body></html>
"""


def of_our_registry(
    dependencies: Mapping[str, str], files: Mapping[str, str] | None = None, scripts: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A site whose whole set comes from the hostile registry: its ``vite`` copies ``index.html``."""
    manifest = json.loads(site()["package.json"])
    manifest["dependencies"] = dict.fromkeys(CORE, "npm:react@0.0.1") | {"vite": "0.0.1"} | dict(dependencies)
    manifest["devDependencies"] = {}
    manifest["scripts"] |= dict(scripts or {})
    return site({"package.json": json.dumps(manifest, indent=2), "index.html": PAGE, **(files or {})})
