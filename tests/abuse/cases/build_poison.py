"""Configuration that leaves something for the next job, and a next job that looks for it in every such place."""

from __future__ import annotations

from tests.abuse.case import Case, rendered
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.abuse.reporting import report_of, reporting

PLANT = """
const report = {};
function attempt(name, act) {
  try { act(); report[name] = 'DONE'; } catch (error) { report[name] = String(error.code ?? error.status); }
}
function plant(folder) {
  attempt(folder, () => {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(folder + '/planted.js', 'export default "@TOKEN@";');
  });
}
"""
MODULES = (
    PLANT
    + """
const evil = 'module.exports = "@TOKEN@";';
for (const file of ['react/index.js', 'react/package.json', 'vite/bin/vite.js', '.package-lock.json']) {
  const path = 'node_modules/' + file;
  attempt(`write ${file}`, () => fs.writeFileSync(path, evil));
  attempt(`chmod ${file}`, () => fs.chmodSync(path, 0o777));
  attempt(`replace ${file}`, () => { fs.writeFileSync('evil', evil); fs.renameSync('evil', path); });
  attempt(`remove ${file}`, () => fs.rmSync(path));
  attempt(`again ${file}`, () => fs.closeSync(fs.openSync(`/proc/self/cwd/${path}`, 'r+')));
}
attempt('move', () => fs.renameSync('node_modules/react', 'node_modules/tcaer'));
attempt('link', () => fs.symlinkSync('/job/site', 'node_modules/planted'));
attempt('hard link', () => fs.linkSync('node_modules/react/index.js', 'linked.js'));
attempt('remount', () => cp.execFileSync('/usr/bin/mount', ['-o', 'remount,rw', process.cwd() + '/node_modules'],
  { stdio: 'ignore' }));
plant('node_modules/planted');"""
)
"""Everything here must fail; what a set's own writable folders take is memory of this job alone."""

STORE = (
    PLANT
    + """
const mounts = fs.readFileSync('/proc/self/mountinfo', 'latin1').trim().split('\\n').map((line) => line.split(' '));
const sources = mounts.flatMap(([, , , source, target]) => [source, path.dirname(source), target]);
for (const folder of [...new Set(sources)].filter((name) => !/^\\/(job|tmp|dev\\/shm|proc)?(\\/|$)/.test(name)))
  plant(folder);
for (const folder of ['/sets', '/opt/toolchain', '/opt/node', '/usr/lib/node_modules', '/usr/local/lib', '/etc', '/lib',
  '/var/cache', '/run', '/'])
  plant(folder);"""
)

CACHES = (
    PLANT
    + """
for (const folder of ['node_modules/.vite', 'node_modules/.vite-temp', 'node_modules/.cache', '/tmp', '/dev/shm',
  '/job', '/job/out', os.homedir() + '/.npm', os.homedir() + '/.cache',
  '/tmp/node-compile-cache', '/tmp/v8-compile-cache-1000',
  '/var/tmp', '/root', '/home'])
  plant(folder);
for (const file of ['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/hostname', '/proc/sysrq-trigger'])
  attempt(file, () => fs.writeFileSync(file, '@TOKEN@'));"""
)

LOOK = """
const report = {};
const places = ['.', 'node_modules', 'node_modules/.vite', 'node_modules/.vite-temp', 'node_modules/.cache', '/tmp',
  '/dev/shm', '/job', '/job/out', '/sets', '/opt', '/opt/toolchain', '/etc', '/var/tmp', '/run', '/', '/lib',
  '/usr/lib', os.homedir() + '/.npm', os.homedir() + '/.cache',
  '/tmp/node-compile-cache', '/tmp/v8-compile-cache-1000'];
for (const place of places)
  for (const name of ['planted.js', 'planted/planted.js', 'evil', 'linked.js'])
    try { report[`${place}/${name}`] = fs.readFileSync(`${place}/${name}`, 'utf8'); } catch {}
for (const file of ['react/index.js', 'react/package.json', 'vite/bin/vite.js'])
  report[file] = fs.readFileSync('node_modules/' + file, 'utf8').slice(0, 200);
"""


def poison_live(ground: Ground) -> None:
    """A plain folder of modules keeps what one program wrote for the next one."""
    package = ground.folder / "node_modules" / "dep"
    package.mkdir(parents=True)
    (package / "index.js").write_text("module.exports = 'clean';")
    ground.javascript("fs.writeFileSync('node_modules/dep/index.js', 'module.exports = \"@TOKEN@\";');")
    assert ground.canaries.token in ground.javascript("console.log((await import('dep')).default);")


def cache_live(ground: Ground) -> None:
    """So does a temporary folder."""
    ground.javascript("fs.writeFileSync('planted.js', '@TOKEN@');")
    assert ground.canaries.token in ground.javascript("console.log(fs.readFileSync('planted.js', 'utf8'));")


def nothing_was_written(evidence: Evidence) -> None:
    report = report_of(evidence)
    assert len(report) > 5
    assert "DONE" not in report.values(), report


def only_memory_was_written(evidence: Evidence) -> None:
    own = ("node_modules/.vite", "node_modules/.cache", "/tmp", "/dev/shm", "/job")
    written = [name for name, word in report_of(evidence).items() if word == "DONE"]
    assert all(name.startswith(own) for name in written), written


CASES = [
    Case(
        "build/poison-node-modules",
        reporting(MODULES),
        (rendered(),),
        live=poison_live,
        check=nothing_was_written,
        after=reporting(LOOK),
    ),
    Case(
        "build/poison-store",
        reporting(STORE),
        (rendered(),),
        live=poison_live,
        check=nothing_was_written,
        after=reporting(LOOK),
    ),
    Case(
        "build/poison-cache",
        reporting(CACHES),
        (rendered(),),
        live=cache_live,
        check=only_memory_was_written,
        after=reporting(LOOK),
    ),
]
