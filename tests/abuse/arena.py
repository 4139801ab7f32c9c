"""One stack under attack: in a folder and a network of its own, with canaries beside it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from build_worker.dependencies import SetStore, declared
from build_worker.node import Node, find_node
from build_worker.toolchain import toolchain_path
from render_worker.browser import require_browser
from reward_api.embedded import EmbeddedStack
from services.artifact import scaffold_files
from services.contract import Evaluation
from services.sandbox.docker import engine_address
from services.settings import BuildSettings, RenderSettings, ToolSettings
from tests.abuse import leftovers
from tests.abuse.canaries import Canaries, laid_out
from tests.abuse.containers import READY, look
from tests.abuse.ground import Ground
from tests.abuse.neighbour import neighbour
from tests.abuse.processes import Process, descendants, end_all, reap_orphans
from tests.abuse.registry import hostile_registry
from tests.abuse.service import Service
from tests.support.stacks import running

LANES = ("scaffold", "project")
_WARM_UP_ROUNDS = 1


@dataclass(slots=True)
class Arena:
    """Attributes:
    folder: of the stack: ``data``, ``sets``, ``tmp``, ``npm``.
    engine: address of the container engine; None where the sandbox's body is another.
    profiles: lane -> the profile that builds through it.
    calm: a neighbour's evaluation while nobody attacked.
    baseline: the idle stack.
    """

    folder: Path
    engine: str | None
    stack: EmbeddedStack
    service: Service
    canaries: Canaries
    node: Node
    user: int
    profiles: dict[str, str]
    calm: Evaluation
    baseline: leftovers.Snapshot

    def snapshot(self) -> leftovers.Snapshot:
        reap_orphans()
        workers = {process.pid for process in descendants()}
        return leftovers.take(self.folder, self.user, look(self.engine, workers))

    def workers(self) -> dict[str, int]:
        """Process ids of the stack's processes and of their pools: name or ``name/number`` -> id."""
        pids = self.stack.pids()
        family = {process.pid: process for process in descendants()}
        pools = {
            f"{name}/{p.pid}": p.pid
            for name, pid in pids.items()
            for p in family.values()
            if p.parent == pid and p.argv == family[pid].argv
        }
        return pids | pools

    @contextlib.contextmanager
    def ground(self, canaries: Canaries) -> Iterator[Ground]:
        """A throw-away folder for one live proof."""
        with tempfile.TemporaryDirectory(prefix="wg-live-", ignore_cleanup_errors=True) as folder:
            tools = ToolSettings(sets=self.folder / "sets")
            modules = _scaffold_set(tools, self.node) / "node_modules"
            browser = require_browser(RenderSettings(tools=tools))
            ours = {process.pid for process in descendants()}
            try:
                toolchain = toolchain_path(tools) / "node_modules"
                yield Ground(Path(folder), canaries, self.node.program, modules, toolchain, browser)
            finally:
                end_all(process for process in self._strangers() if process.pid not in ours)

    def _strangers(self) -> list[Process]:
        """Descendants of this process that are not the stack's."""
        family, stack = descendants(), set(self.stack.pids().values())
        of_stack = stack | {process.pid for pid in stack for process in descendants(pid)}
        return [process for process in family if process.pid not in of_stack]


@contextlib.contextmanager
def arena(sandbox: str) -> Iterator[Arena]:
    """Raises:
    StackError, ToolchainError: the stack does not start here, or the machine is not prepared (``make install``).
    """
    user = 50_000 + secrets.randbelow(10_000)
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="wg-abuse-", ignore_cleanup_errors=True)))
        reach = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="wg-reach-", ignore_cleanup_errors=True)))
        for path in (folder, reach, *(folder / name for name in ("data", "sets", "tmp", "npm"))):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
        node = _copy_sets(folder / "sets")
        canaries = held.enter_context(laid_out(reach))
        registry = held.enter_context(hostile_registry())
        engine = engine_address(BuildSettings().sandbox) if sandbox == "docker" else None
        environment = _environment(folder, engine, registry, canaries, user)
        stack = held.enter_context(running(folder / "data", environment=environment))
        service = held.enter_context(Service(stack.url))
        yield _warm(Arena(folder, engine, stack, service, canaries, node, user, {}, None, None))  # type: ignore[arg-type]


def _environment(folder: Path, engine: str | None, registry: str, canaries: Canaries, user: int) -> dict[str, str]:
    as_root = {"WEBGEN_SANDBOX__USER": str(user)} if os.geteuid() == 0 else {}
    return (
        as_root
        | _body(engine)
        | {
            "TMPDIR": str(folder / "tmp"),
            "WEBGEN_TOOLS__SETS": str(folder / "sets"),
            "WEBGEN_REGISTRY": registry,
            "NPM_CONFIG_CACHE": str(folder / "npm"),
            canaries.variable: canaries.secret,
        }
    )


def _body(engine: str | None) -> dict[str, str]:
    """The sandbox's settings."""
    if engine is None:
        return {"WEBGEN_SANDBOX__KIND": "bubblewrap"}
    return {"WEBGEN_SANDBOX__KIND": "docker", "WEBGEN_SANDBOX__ENGINE": engine, "WEBGEN_SANDBOX__READY": str(READY)}


def _copy_sets(target: Path) -> Node:
    """The machine's toolchain, scaffold set, packaged browser and page kit, copied: what is there to poison is ours."""
    tools = ToolSettings()
    node = find_node(tools)
    prepared = (path for kind in ("browser", "page-kit") for path in tools.sets.glob(f"{kind}-*"))
    for source in (toolchain_path(tools), _scaffold_set(tools, node), *prepared):
        shutil.copytree(source, target / source.name, symlinks=True)
    return node


def _scaffold_set(tools: ToolSettings, node: Node) -> Path:
    dependencies = declared(scaffold_files().get("package.json"))
    assert not isinstance(dependencies, tuple), dependencies
    store = SetStore(tools.sets, node)
    folder = store.path(store.key(dependencies))
    assert folder is not None, "the scaffold's dependency set is not on this machine: run `make install`"
    return folder


def _warm(found: Arena) -> Arena:
    """Every pool process has worked through every lane; then the idle stack is looked at."""
    found.profiles = {"auto": "cascade", **{lane: found.service.add_profile(lane) for lane in LANES}}
    for number in range(_WARM_UP_ROUNDS):
        sent = [
            found.service.submit(f"warm-{number}-{lane}-{n}", neighbour(f"warm-{number}-{lane}-{n}"), profile)
            for lane, profile in found.profiles.items()
            for n in range(2)
        ]
        ended = found.service.collect([each.id for each in sent if isinstance(each, Evaluation)])
        assert [each.band for each in ended] == ["rendered"] * len(sent), [each.unscored_detail for each in ended]
        found.calm = ended[0]
    found.baseline = _settled(found)
    return found


def _settled(found: Arena) -> leftovers.Snapshot:
    """The stack when nothing changes any more."""
    before = found.snapshot()
    for _ in range(30):
        time.sleep(0.5)
        now = found.snapshot()
        if now == before:
            return now
        before = now
    raise AssertionError("the idle stack does not come to rest")
