"""Style sheets are programs too: they import files, look for class names in files, and name programs to run.

A program that a style sheet names is run in the project lane alone, where it finds as little as any configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.abuse.case import Case, Ending, Lane, build_failed, rendered, site, styled
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.abuse.plain_sites import of_our_registry
from tests.abuse.reporting import arrived, holders

BOTH: tuple[Lane, ...] = ("scaffold", "project")
ABOVE = "../../../../../../../.."
REFUSED = build_failed("build/outside-file")
DECLINED = build_failed("build/declined")
FAILS: tuple[Ending, ...] = (build_failed("build/unresolved-import"), build_failed("build/error"))
"""What is not there cannot be taken in."""

# The static rules, which would end it before any build, read addresses that begin with a dot.
IMPORT = styled("", {"src/main.css": ""}) | {
    "src/index.css": f"@import 'styles/../{ABOVE}@SECRET_FILE@';\n" + styled("")["src/index.css"]
}
URL = styled(
    f".stolen {{ background: url('{ABOVE}@SECRET_FILE@'); cursor: url('{ABOVE}/proc/self/environ'), auto; }}\n"
)
LIVE_URL = styled(f".stolen {{ background: url('{ABOVE}@SECRET_FILE@'); }}\n")

CONTENT = site(
    {
        "tailwind.config.js": "export default { content: ['/**/secret.txt', '/proc/*/environ', './src/**/*.tsx',\n"
        f"  '{ABOVE}/etc/**', '{ABOVE}/**/environ', '{ABOVE}@SECRET_FILE@'], plugins: [], theme: {{}} }};",
    }
)
CONTENT_PROOF = site(
    {"tailwind.config.js": "export default { content: ['@SECRET_FILE@'], safelist: [], plugins: [], theme: {} };"}
)
"""Of one file: a proof outside does not read the whole machine."""

RUN = "require('node:net').connect(8080, '127.0.0.1').on('error', () => {});\n"
CONFIG_3 = styled("@config './attack.cjs';", {"src/attack.cjs": RUN + "module.exports = { content: [], theme: {} };"})
PLUGIN_4 = RUN + "module.exports = function () {};"
WITH_TAILWIND_4 = {"tailwindcss": "latest", "@tailwindcss/vite": "latest"}
VITE_4 = """import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
export default defineConfig({ plugins: [tailwindcss()] });
"""
PROGRAM = "import './index.css';\ndocument.body.dataset.ran = 'yes';\n"

SCAN = """
const { Scanner } = await import('TOOLCHAIN/@tailwindcss/oxide/index.js');
const sources = [{ base: '/', pattern: '@SECRET_FILE@'.slice(1), negated: false }];
console.log(new Scanner({ sources }).scan().join(' '));"""
COMPILE = """
const { compile } = await import('TOOLCHAIN/tailwindcss/dist/lib.mjs');
const loadModule = async (id, base) => ({ path: id, base, module: (await import(path.resolve(base, id))).default });
await compile('@plugin "./plugin.cjs";', { base: process.cwd(), loadModule });"""
"""As Tailwind's own bundler plugins let its core have programs."""


def four(css: str, program: str) -> dict[str, str]:
    """A site of Tailwind 4; the hostile registry has it, and the scaffold lane brings its own."""
    files = {"vite.config.ts": VITE_4, "src/main.tsx": PROGRAM, "src/index.css": css, "src/attack.cjs": program}
    plain = of_our_registry(WITH_TAILWIND_4, files)
    return {path: text for path, text in plain.items() if not path.startswith(("tailwind.config", "postcss.config"))}


def builds_with_secret(files: Mapping[str, str]) -> Callable[[Ground], None]:
    """The proof that plain Vite takes the secret in, as it is or as data."""

    def live(ground: Ground) -> None:
        built = ground.build(files)
        assert holders(built, ground.canaries.secret), built["build.log"].decode(errors="replace")[-500:]

    return live


def content_live(ground: Ground) -> None:
    """A class name that stands in a file outside comes into the style sheet."""
    outside = ground.folder / "outside.txt"
    outside.write_text("before:content-['taken-from-outside']")
    files = dict(CONTENT_PROOF)
    files["tailwind.config.js"] = files["tailwind.config.js"].replace("@SECRET_FILE@", str(outside))
    built = ground.build(files)
    styles = b"".join(content for path, content in built.items() if path.endswith(".css"))
    assert b"taken-from-outside" in styles, built["build.log"]


def config_live(ground: Ground) -> None:
    before = ground.canaries.reached("gateway")
    ground.build(CONFIG_3)
    arrived(ground, "gateway", before)


def plugin_live(ground: Ground) -> None:
    (ground.folder / "plugin.cjs").write_text(PLUGIN_4)
    before = ground.canaries.reached("gateway")
    ground.javascript(COMPILE.replace("TOOLCHAIN", str(ground.toolchain)))
    arrived(ground, "gateway", before)


def source_live(ground: Ground) -> None:
    assert ground.canaries.secret in ground.javascript(SCAN.replace("TOOLCHAIN", str(ground.toolchain)))


def nothing_came_in(evidence: Evidence) -> None:
    assert not holders(evidence.bundle, evidence.canaries.secret)
    assert not evidence.names("redis+socket")


def nothing_ran(directive: str) -> Callable[[Evidence], None]:
    """The scaffold lane leaves it to the project lane, and for this very reason."""

    def check(evidence: Evidence) -> None:
        nothing_came_in(evidence)
        findings = [finding for report in evidence.evaluation.reports for finding in report.findings]
        declined = [finding.message for finding in findings if finding.rule == "build/declined"]
        assert all(directive in message for message in declined), declined

    return check


CASES = [
    Case(
        "build/style-import-outside",
        IMPORT,
        (REFUSED, DECLINED, *FAILS),
        live=builds_with_secret(IMPORT),
        check=nothing_came_in,
        lanes=BOTH,
    ),
    Case(
        "build/style-url-outside",
        URL,
        (REFUSED, *FAILS, rendered()),
        live=builds_with_secret(LIVE_URL),
        check=nothing_came_in,
        lanes=BOTH,
    ),
    Case(
        "build/tailwind-content-root",
        CONTENT,
        (REFUSED, DECLINED, build_failed("build/error"), rendered()),
        live=content_live,
        check=nothing_came_in,
        lanes=BOTH,
    ),
    Case(
        "build/style-config-directive",
        CONFIG_3,
        (DECLINED, rendered()),
        live=config_live,
        check=nothing_ran("@config"),
        lanes=("scaffold", "auto"),
    ),
    Case(
        "build/style-plugin-directive",
        four('@import "tailwindcss";\n@plugin "./attack.cjs";\n', PLUGIN_4),
        (DECLINED, rendered()),
        live=plugin_live,
        check=nothing_ran("@plugin"),
        lanes=("scaffold", "auto"),
    ),
    Case(
        "build/style-source-directive",
        four(f'@import "tailwindcss";\n@source "{ABOVE}@SECRET_FILE@";\n@source "/proc/self/environ";\n', ""),
        (REFUSED, DECLINED, rendered()),
        live=source_live,
        check=nothing_ran("@source"),
        lanes=("scaffold", "auto"),
    ),
]
