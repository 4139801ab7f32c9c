"""The lint, resolve and build stages over real tools: one after the other, as the pipeline runs them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from build_worker.build import make_build
from build_worker.lint import make_lint
from build_worker.resolve import make_resolve
from build_worker.setup import prepare
from build_worker.versions import versions
from services.artifact import scaffold_files
from services.contract import StageReport
from services.errors import DependencySetMissing
from services.pipeline.work import StageJob, StageResult, StageWork
from services.rewards.profile import built_in
from services.settings import BuildSettings, ResolveSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs

pytestmark = pytest.mark.stack

ANSWER = """<think>
The site has one page, which greets whoever opens it, and nothing else at all.
</think>
<answer>
<webArtifact id="site" title="Site">
{files}
<webAction type="shell">npm install</webAction>
<webAction type="start">npm run dev</webAction>
</webArtifact>
</answer>"""


BOMBS = {
    "memory": "const a = []; for (;;) a.push(Buffer.alloc(50_000_000, 1)); export default {}",
    "processes": """
import { spawn } from 'node:child_process';
setInterval(() => spawn('/bin/sh', ['-c', 'f() { f | f & }; f; sleep 100']), 1);
await new Promise(() => {}); export default {}""",
    "disk": """
import fs from 'node:fs'; const b = Buffer.alloc(1e6, 1);
for (let i = 0; ; i++) fs.writeFileSync('/job/x' + i, b); export default {}""",
    "output": """
import fs from 'node:fs';
for (;;) fs.writeSync(1, 'x'.repeat(10_000)); export default {}""",
}


@pytest.fixture(scope="module")
def works() -> Mapping[Stage, StageWork]:
    """The three stages on this machine's prepared toolchain and scaffold set."""
    prepare(ResolveSettings(), lambda _: None)
    build, resolve = BuildSettings(), ResolveSettings()
    return {
        Stage.LINT: make_lint(build),
        Stage.RESOLVE: make_resolve(resolve),
        Stage.BUILD: make_build(build),
    }


class Journey:
    """One completion on its way through the stages."""

    def __init__(
        self, works: Mapping[Stage, StageWork], completion: str, typecheck: str = "off", lane: str = "auto"
    ) -> None:
        self._works = works
        self._completion = completion
        self._profile = built_in()["cascade"].model_copy(update={"typecheck": typecheck, "lane": lane})
        self.reports: dict[Stage, StageReport] = {}
        self.blobs = MemoryBlobs()

    def run(self, stage: Stage) -> StageResult:
        job = StageJob(
            evaluation_id="e",
            stage=stage,
            instruction="A page that greets.",
            completion=self._completion,
            truncated=False,
            profile=self._profile,
            reports=self.reports,
            alone=False,
            blobs=self.blobs,
        )
        result = self._works[stage](job)
        self.reports[stage] = StageReport(
            stage=stage, passed=result.passed, facts=result.facts, artifacts=result.artifacts
        )
        return result

    def to_build(self) -> StageResult:
        for stage in (Stage.LINT, Stage.RESOLVE):
            assert self.run(stage).passed, stage
        return self.run(Stage.BUILD)

    def bundle(self) -> dict[str, bytes]:
        content = self.blobs.get(self.reports[Stage.BUILD].artifacts["bundle.zip"].blob)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def completion(**changes: str) -> str:
    """The scaffold with some files replaced; ``__`` in a name stands for ``/`` and ``_dot_`` for a dot."""
    named = {name.replace("__", "/").replace("_dot_", "."): text for name, text in changes.items()}
    files = {**scaffold_files(), **named}
    return ANSWER.format(files=actions(files))


def actions(files: Mapping[str, str]) -> str:
    return "\n".join(f'<webAction type="file" filePath="{p}">\n{text}\n</webAction>' for p, text in files.items())


def rules(result: StageResult) -> set[str]:
    return {finding.rule for finding in result.findings}


def config(program: str) -> str:
    return completion(vite_dot_config_dot_ts=program)


class TestLint:
    def test_a_site_passes_with_its_facts(self, works: Mapping[Stage, StageWork]) -> None:
        result = Journey(works, completion()).run(Stage.LINT)
        assert result.passed
        assert result.facts["static"]["static/package-json"] is True
        assert result.facts["oxlint"] == {"errors": 0, "warnings": 0}
        assert set(result.artifacts) == {"source.json"}

    def test_suppressions_are_counted_and_spare_nothing(self, works: Mapping[Stage, StageWork]) -> None:
        page = "/* eslint-disable */\nexport default function App() {\n  debugger;\n  return <p>hi</p>;\n}\n"
        quiet = '{"rules": {"no-debugger": "off"}}'
        journey = Journey(works, completion(src__App_dot_tsx=page, _dot_oxlintrc_dot_json=quiet))
        result = journey.run(Stage.LINT)
        assert [finding.line for finding in result.findings if finding.rule == "lint/no-debugger"] == [3]
        assert result.facts["suppressions"] == {"eslint-disable": 1}

    @pytest.mark.parametrize("text", ["", "no artifact here", "<webArtifact", "\ufffd" * 100])
    def test_without_a_site_source_it_fails_without_artifacts(
        self, works: Mapping[Stage, StageWork], text: str
    ) -> None:
        result = Journey(works, text).run(Stage.LINT)
        assert (result.passed, result.artifacts) == (False, {})
        assert result.facts["static"]["static/site-source"] is False

    def test_a_folder_where_the_scaffold_has_a_file_ends_as_a_report(self, works: Mapping[Stage, StageWork]) -> None:
        texts = {"src/App.tsx": "export default () => <p>hi</p>;", "src/main.tsx/x.ts": "export const x = 1;"}
        result = Journey(works, ANSWER.format(files=actions(texts))).run(Stage.LINT)
        assert result.passed
        assert result.facts["slots_only"] is True
        assert "lint/linter-failed" not in rules(result)

    def test_deep_nesting_does_not_harm_the_linter(self, works: Mapping[Stage, StageWork]) -> None:
        result = Journey(works, completion(src__deep_dot_ts="(" * 200_000)).run(Stage.LINT)
        assert result.passed
        assert rules(result) & {"lint/linter-failed", "lint/syntax"}


class TestResolve:
    def test_a_refused_dependency_is_the_candidates(self, works: Mapping[Stage, StageWork]) -> None:
        journey = Journey(works, completion(package_dot_json='{"dependencies": {"a": "git+https://example.org/a"}}'))
        journey.run(Stage.LINT)
        result = journey.run(Stage.RESOLVE)
        assert (result.passed, rules(result)) == (False, {"resolve/refused-dependency"})


class TestBuild:
    @pytest.mark.parametrize("lane", ["scaffold", "project"])
    def test_a_site_becomes_the_same_bundle_twice(self, works: Mapping[Stage, StageWork], lane: str) -> None:
        journeys = [Journey(works, completion(), lane=lane) for _ in range(2)]
        results = [journey.to_build() for journey in journeys]
        assert all(result.passed and result.facts["lane"] == lane for result in results)
        assert "index.html" in journeys[0].bundle()
        assert results[0].artifacts["bundle.zip"] == results[1].artifacts["bundle.zip"]

    def test_plain_configuration_is_read_as_data(self, works: Mapping[Stage, StageWork]) -> None:
        facts = Journey(works, completion()).to_build().facts
        assert (facts["lane"], facts["lane_reason"]) == ("scaffold", "its configuration was read as data")

    def test_a_program_as_configuration_goes_to_the_projects_own_toolchain(
        self, works: Mapping[Stage, StageWork]
    ) -> None:
        program = "console.log('this ran'); export default {}"
        journey = Journey(works, config(program))
        result = journey.to_build()
        assert (result.passed, result.facts["lane"]) == (True, "project")
        assert "vite.config.ts" in result.facts["lane_reason"]
        assert b"this ran" in journey.blobs.get(journey.reports[Stage.BUILD].artifacts["build.log"].blob)

    def test_where_the_scaffold_lane_is_demanded_a_program_as_configuration_fails(
        self, works: Mapping[Stage, StageWork]
    ) -> None:
        result = Journey(works, config("console.log('this ran'); export default {}"), lane="scaffold").to_build()
        assert (result.passed, rules(result)) == (False, {"build/declined"})

    @pytest.mark.parametrize(
        ("page", "rule"),
        [
            ("export default () => <p>;", "build/error"),
            ('import a from "not-declared-anywhere"; export default a;', "build/unresolved-import"),
        ],
    )
    def test_an_error_is_a_finding_with_its_file(self, works: Mapping[Stage, StageWork], page: str, rule: str) -> None:
        result = Journey(works, completion(src__App_dot_tsx=page)).to_build()
        assert (result.passed, result.findings[0].rule, result.findings[0].file) == (False, rule, "src/App.tsx")
        assert set(result.artifacts) == {"build.log"}

    def test_a_type_error_is_counted_where_the_profile_asks(self, works: Mapping[Stage, StageWork]) -> None:
        page = "const n: number = 'text';\nexport default () => <p>{n}</p>;\n"
        result = Journey(works, completion(src__App_dot_tsx=page), typecheck="note").to_build()
        assert (result.passed, result.facts["type_errors"]) == (True, 1)
        assert "build/type-error" in rules(result)

    @pytest.mark.parametrize("limit", sorted(BOMBS))
    def test_a_bomb_ends_at_its_limit(self, works: Mapping[Stage, StageWork], limit: str) -> None:
        result = Journey(works, config(BOMBS[limit])).to_build()
        assert (result.passed, result.limit_hit, result.contended) == (False, limit, False)
        assert rules(result) == {"build/limit"}

    def test_a_build_that_a_sigkill_ended_is_tried_again(self, works: Mapping[Stage, StageWork]) -> None:
        program = "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); export default {}"
        result = Journey(works, config(program)).to_build()
        assert (result.passed, result.limit_hit, result.contended) == (False, None, True)

    def test_a_plugin_gets_nothing_of_the_machine_into_the_bundle(
        self, works: Mapping[Stage, StageWork], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WEBGEN_CANARY", "canary-of-the-worker")
        program = (
            "import fs from 'node:fs';\n"
            "const closeBundle = () => {\n"
            "  fs.symlinkSync('/etc/passwd', '/job/out/link');\n"
            "  fs.writeFileSync('/job/out/environ', fs.readFileSync('/proc/1/environ'));\n"
            "  fs.writeFileSync('/job/out/env', JSON.stringify(process.env));\n"
            "};\n"
            "export default { plugins: [{ name: 'x', closeBundle }] };\n"
        )
        journey = Journey(works, config(program))
        result = journey.to_build()
        assert result.passed
        assert "build/refused-file" in rules(result)
        files = journey.bundle()
        assert "link" not in files
        assert not any(b"canary-of-the-worker" in content for content in files.values())

    def test_nothing_can_be_left_in_the_set_for_the_next_build(self, works: Mapping[Stage, StageWork]) -> None:
        program = (
            "import fs from 'node:fs';\n"
            "for (const p of ['react/canary', '.vite/canary', '.cache/canary'])\n"
            "  try { fs.writeFileSync('node_modules/' + p, 'x') } catch (e) { console.log('refused', p, e.code) }\n"
            "export default {};\n"
        )
        poisoned = Journey(works, config(program))
        poisoned.to_build()
        log = poisoned.blobs.get(poisoned.reports[Stage.BUILD].artifacts["build.log"].blob)
        assert b"refused react/canary EROFS" in log
        look = "import fs from 'node:fs'; console.log('seen', fs.existsSync('node_modules/.cache/canary'));"
        after = Journey(works, config(look + " export default {}"))
        after.to_build()
        assert b"seen false" in after.blobs.get(after.reports[Stage.BUILD].artifacts["build.log"].blob)

    def test_a_set_that_is_gone_is_resolved_again(self, works: Mapping[Stage, StageWork]) -> None:
        journey = Journey(works, completion())
        journey.run(Stage.LINT)
        journey.reports[Stage.RESOLVE] = StageReport(
            stage=Stage.RESOLVE, passed=True, facts={"dependency_set": "0" * 64}
        )
        with pytest.raises(DependencySetMissing):
            journey.run(Stage.BUILD)


def test_both_workers_announce_the_same_versions() -> None:
    assert versions(BuildSettings()) == versions(ResolveSettings())
    assert set(versions(BuildSettings())) == {"toolchain", "rules"}
