"""Configuration that takes what there is: processes, threads, memory, disk, time, output."""

from __future__ import annotations

from tests.abuse.case import Case, Ending, build_failed, configured, rendered, site
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.abuse.reporting import report_of, reporting

FORKS = "for (;;) cp.spawn('/bin/sh', ['-c', 'while :; do sh -c \"sleep 60 & sleep 60\" & done'], { detached: true });"
A_FEW_FORKS = """
const started = Array.from({ length: 20 }, () => cp.spawn('/bin/sleep', ['2']).pid);
console.log(started.filter(Boolean).length);"""

THREADS = """
const { Worker } = await import('node:worker_threads');
for (;;) { new Worker('setInterval(() => {}, 1000)', { eval: true }); await new Promise(setImmediate); }"""
A_FEW_THREADS = """
const { Worker } = await import('node:worker_threads');
await Promise.all(Array.from({ length: 5 }, () =>
  new Promise((done) => new Worker('0', { eval: true }).on('exit', done))));
console.log(5);"""

HEAP = "const hoard = []; for (;;) hoard.push(new Array(100_000).fill(hoard.length));"
FILLED = """
const report = {};
function fill(folder, most) {
  let written = 0;
  try { for (; written < most; written += 1e6) fs.appendFileSync(folder + '/fill', Buffer.alloc(1e6, 1)); }
  catch (error) { report.ended = error.code; }
  return written;
}
"""
TEMPORARY = FILLED + "report.tmp = fill('/tmp', 4e9); fill('.', 4e9);"
SHARED = FILLED + "report.shm = fill('/dev/shm', 4e9);"
ONE_FILE = "const block = Buffer.alloc(1e6, 1); for (;;) fs.appendFileSync('one', block);"
INODES = "for (let i = 0; i < 1e6; i++) fs.closeSync(fs.openSync(`empty-${i}`, 'w'));"

LOOP = "for (;;);"
STUBBORN = """
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGXCPU', 'SIGUSR2']) process.on(name, () => {});
cp.spawn('/bin/sh', ['-c', 'trap "" TERM INT HUP QUIT XCPU USR2; : @TOKEN@; while :; do :; done'], { stdio: 'ignore' });
"""
FLOOD = "const line = Buffer.alloc(1e6, 'x'); for (let i = 0; i < 10_000; i++) fs.writeSync(1, line);"
DIRTY = r"throw new Error('before \x1b[2J\x1b]0;title\x07\x1b[31m \0 \x9b1A\x08 after');"

LOOPS = build_failed("build/limit", {"cpu", "wall"})
LOOP_SECONDS = 380.0
"""Forty seconds of processor time; where the machine does not give it that in time, the wall limit, twice."""


def forks_live(ground: Ground) -> None:
    assert "20" in ground.javascript(A_FEW_FORKS)


def threads_live(ground: Ground) -> None:
    assert "5" in ground.javascript(A_FEW_THREADS)


def stubborn_live(ground: Ground) -> None:
    """It goes on after the first SIGTERM."""
    code = "process.on('SIGTERM', () => console.log('ignored')); process.kill(process.pid, 'SIGTERM');"
    assert "ignored" in ground.javascript(code + "setTimeout(() => process.exit(), 200);")


def dirty_live(ground: Ground) -> None:
    said = ground.javascript(DIRTY)
    assert "\x1b]0;title" in said
    assert "\0" in said


def is_clean(evidence: Evidence) -> None:
    """What it said is told, without what a terminal would obey."""
    record = evidence.evaluation.model_dump_json()
    assert "before" in evidence.log
    assert "after" in evidence.log
    for told in (evidence.log, record):
        assert not any(mark in told for mark in ("\x1b", "\0", "\x07", "\x08", "\x9b", "\\u001b", "\\u0000"))


def is_sized(evidence: Evidence) -> None:
    """Shared memory was full long before it was dear."""
    report = report_of(evidence)
    assert report["ended"] == "ENOSPC"
    assert report["shm"] <= 70_000_000


def ended_by(*limits: str) -> tuple[Ending, ...]:
    return (build_failed("build/limit", set(limits)),)


CASES = [
    Case(
        "build/fork-bomb",
        configured(FORKS),
        ended_by("processes", "memory", "cpu"),
        live=forks_live,
        alone=True,
        seconds=120,
    ),
    Case(
        "build/thread-bomb",
        configured(THREADS),
        ended_by("processes", "memory", "cpu"),
        live=threads_live,
        alone=True,
        seconds=120,
    ),
    Case("build/memory-heap", configured(HEAP), ended_by("memory"), alone=True, seconds=120),
    Case("build/memory-tmpfs", configured(TEMPORARY), ended_by("disk", "memory")),
    Case("build/memory-shm", reporting(SHARED), (rendered(),), check=is_sized),
    Case("build/one-file-disk-fill", configured(ONE_FILE), ended_by("disk")),
    Case("build/million-inodes", configured(INODES), ended_by("disk", "memory"), seconds=120),
    Case("build/endless-loop-vite-config", configured(LOOP), (LOOPS,), alone=True, seconds=LOOP_SECONDS),
    Case(
        "build/endless-loop-postcss-config",
        site({"postcss.config.js": f"{LOOP}\nexport default {{ plugins: {{ tailwindcss: {{}} }} }};"}),
        (LOOPS,),
        alone=True,
        seconds=LOOP_SECONDS,
    ),
    Case(
        "build/endless-loop-tailwind-config",
        site({"tailwind.config.js": f"{LOOP}\nexport default {{ content: ['./src/**/*.tsx'] }};"}),
        (LOOPS,),
        alone=True,
        seconds=LOOP_SECONDS,
    ),
    Case(
        "build/ignored-sigterm",
        configured(STUBBORN + LOOP),
        (LOOPS,),
        live=stubborn_live,
        alone=True,
        seconds=LOOP_SECONDS,
    ),
    Case("build/output-10-gb", configured(FLOOD), ended_by("output")),
    Case(
        "build/ansi-and-nul-in-logs",
        configured(DIRTY),
        (build_failed("build/config"),),
        live=dirty_live,
        check=is_clean,
    ),
]
