"""The type checker over sites: what it counts, and that nothing in a site silences it."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_worker.dependencies import DeclaredDependencies, declared, make_sets
from build_worker.setup import prepare
from build_worker.toolchain import toolchain_path
from build_worker.typecheck import TypeCheck, compiler, installed, typecheck
from services.artifact import scaffold_files
from services.contract import SiteSource
from services.errors import ToolchainError
from services.sandbox import make_sandbox
from services.settings import BuildSettings, ResolveSettings

WRONG = "export const wrong: number = 'text';\n"
FINE = "export const fine: number = 1;\n"


class Checker:
    """The scaffold with some files replaced, checked; ``__`` in a name stands for ``/`` and ``_dot_`` for a dot."""

    def __init__(self, tools: Path, modules: Path) -> None:
        self._tools, self._modules = tools, modules
        self._sandbox = make_sandbox(BuildSettings().sandbox)

    def __call__(self, **files: str) -> TypeCheck:
        named = {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}
        site = SiteSource(files={**scaffold_files(), **named})
        return typecheck(self._sandbox, self._tools, site, self._modules)


@pytest.fixture(scope="module")
def check() -> Checker:
    prepare(ResolveSettings(), lambda _: None, parts=("toolchain", "sets"))
    tools = toolchain_path(BuildSettings().tools)
    dependencies = declared(scaffold_files()["package.json"])
    assert isinstance(dependencies, DeclaredDependencies)
    sets = make_sets(BuildSettings().tools)
    folder = sets.path(sets.key(dependencies))
    assert folder is not None
    return Checker(tools, folder / "node_modules")


@pytest.mark.stack
class TestChecks:
    def test_the_scaffold_has_no_type_errors(self, check: Checker) -> None:
        result = check()
        assert (result.facts["type_errors"], result.findings) == (0, ())
        assert result.facts["typed_lines"] == result.facts["script_lines"] > 10

    def test_an_error_is_a_finding_with_its_place(self, check: Checker) -> None:
        result = check(src__a_dot_ts=FINE + WRONG)
        assert result.facts["type_errors"] == 1
        assert [(f.rule, f.file, f.line) for f in result.findings] == [("build/type-error", "src/a.ts", 2)]

    def test_findings_are_bounded_and_errors_are_not(self, check: Checker) -> None:
        many = "".join(f"export const a{n}: number = 'text';\n" for n in range(300))
        result = check(src__a_dot_ts=many)
        assert (result.facts["type_errors"], len(result.findings)) == (300, 20)

    def test_aliases_styles_and_pictures_resolve(self, check: Checker) -> None:
        imports = 'import "./index.css";\nimport icon from "./icon.svg";\nimport { fine } from "@/fine";\n'
        page = imports + "export { icon, fine };\n"
        theirs = '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}}'
        result = check(src__a_dot_ts=page, src__fine_dot_ts=FINE, tsconfig_dot_json=theirs)
        assert (result.facts["type_errors"], result.findings) == (0, ())

    @pytest.mark.parametrize(
        "theirs",
        [
            '{"compilerOptions": {"noCheck": true, "strict": false}}',
            '{"files": []}',
            '{"include": [], "exclude": ["src"]}',
            '{"extends": "../../../opt/x.json", "references": [{"path": "../../"}], "files": []}',
            '{"compilerOptions": {"paths": {"*": ["./src/nothing.d.ts"]}}}',
            "not a configuration",
        ],
    )
    def test_no_configuration_silences_it(self, check: Checker, theirs: str) -> None:
        names = ("tsconfig_dot_json", "tsconfig_dot_app_dot_json", "jsconfig_dot_json", "src__tsconfig_dot_json")
        result = check(src__a_dot_ts=WRONG, **dict.fromkeys(names, theirs))
        assert result.facts["type_errors"] == 1

    @pytest.mark.parametrize(
        "line",
        [
            "// @ts-nocheck",
            "// @TS-NoCheck",
            "// @ts-ignore",
            "// @ts-ignored",
            "/* @ts-expect-error */",
            "/** @ts-ignore */",
        ],
    )
    def test_no_comment_silences_it(self, check: Checker, line: str) -> None:
        assert check(src__a_dot_ts=f"{line}\n{WRONG}").facts["type_errors"] == 1

    def test_a_file_outside_of_src_is_checked(self, check: Checker) -> None:
        assert check(app___dot_x__a_dot_ts=WRONG).facts["type_errors"] == 1

    def test_what_does_not_parse_hides_no_count(self, check: Checker) -> None:
        result = check(src__a_dot_ts=WRONG, src__idle_dot_ts="const x = ;\n")
        assert "type_errors" not in result.facts
        assert [(f.rule, f.file) for f in result.findings][:1] == [("build/type-error", "src/idle.ts")]
        assert result.findings[-1].rule == "build/typecheck"

    def test_plain_javascript_is_followed_and_not_checked(self, check: Checker) -> None:
        page = 'import { f } from "./b";\nexport const n: number = f(1);\n'
        result = check(src__a_dot_ts=page, src__b_dot_js="export function f(x) { return x.y.z; }\n")
        assert result.facts["type_errors"] == 0
        assert result.facts["script_lines"] == result.facts["typed_lines"] + 1


def test_a_toolchain_without_a_compiler_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError):
        compiler(tmp_path)


def test_installed_packages_are_named_with_their_scope(tmp_path: Path) -> None:
    for name in ("react", "@types/node", ".bin"):
        (tmp_path / name).mkdir(parents=True)
    assert installed(tmp_path) == {"react", "@types/node"}
