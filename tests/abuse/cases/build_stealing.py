"""Configuration that looks for what is not its own. Nothing of it is there: the site builds, and tells what it saw."""

from __future__ import annotations

from tests.abuse.case import Case, rendered
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.abuse.reporting import report_live, report_of, reporting

READ = """
function read(file) { try { return fs.readFileSync(file, 'latin1'); } catch (error) { return error.code; } }
function list(folder) { try { return fs.readdirSync(folder); } catch { return []; } }
"""
ENVIRONMENT = "const report = { ...process.env };"

ENVIRONMENTS = (
    READ
    + """
const report = {};
for (const pid of list('/proc').filter((name) => /^[0-9]+$/.test(name)))
  report[pid] = read(`/proc/${pid}/environ`).split('\\0').filter(Boolean);"""
)

MOUNTS = READ + "const report = { mounts: read('/proc/self/mountinfo').trim().split('\\n'), roots: list('/') };"

TOKENS = (
    READ
    + """
const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const wanted = ['@SECRET_FILE@', `${account}/token`, `/run${account.slice(8)}/token`, '/etc/shadow', '/run/docker.sock',
  '/root/.npmrc', '/root/.docker/config.json', '/root/.kube/config', '/root/.ssh/id_rsa', '/etc/hostname'];
const report = {};
for (const file of wanted)
  for (const root of ['', '/proc/1/root', '/proc/self/root', '/proc/1/cwd/..', '/job/../..'])
    report[root + file] = read(root + file);"""
)

OWN = {"PATH", "HOME", "NODE_ENV", "NO_COLOR", "CI"}
OF_THE_START = {"PWD", "SHLVL", "_", "OLDPWD", "HOSTNAME", "container"}
"""What shells and sandboxes set for themselves."""

OF_NODE = {"BROWSERSLIST_ENV", "BABEL_ENV", "VITE_USER_NODE_ENV"}
"""What bundlers set while they run."""

VISIBLE = ("/", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/dev", "/tmp", "/job")
VISIBLE += ("/opt", "/sys", "/run")


def environment_live(ground: Ground) -> None:
    assert report_live(ground, ENVIRONMENT)[ground.canaries.variable] == ground.canaries.secret


def environments_live(ground: Ground) -> None:
    seen = report_live(ground, ENVIRONMENTS)
    assert any(ground.canaries.secret in variable for process in seen.values() for variable in process)


def mounts_live(ground: Ground) -> None:
    """The machine's own list names its root device, and its folders are there to see."""
    assert {"home", "root", "var"} <= set(report_live(ground, MOUNTS)["roots"])


def tokens_live(ground: Ground) -> None:
    assert ground.canaries.secret in report_live(ground, TOKENS)[str(ground.canaries.file)]


def sees_its_own_environment(evidence: Evidence) -> None:
    assert set(report_of(evidence)) <= OWN | OF_THE_START | OF_NODE


def sees_environments_of_its_own(evidence: Evidence) -> None:
    """Of processes of the same sandbox alone, with nothing of the worker's in them."""
    processes = report_of(evidence)
    names = {variable.partition("=")[0] for process in processes.values() for variable in process}
    assert len(processes) < 20
    assert names - {"EACCES", "EPERM"} <= OWN | OF_THE_START | OF_NODE


def sees_its_own_mounts(evidence: Evidence) -> None:
    """Nothing is mounted but what every sandbox has and the job's set, and nothing is writable but memory."""
    report = report_of(evidence)
    assert not {"home", "root", "var", "srv", "mnt"} & set(report["roots"])
    for line in report["mounts"]:
        fields, _, kind = line.partition(" - ")
        target, options = fields.split()[4:6]
        assert target == "/" or target.startswith(VISIBLE[1:]), target
        is_memory = kind.split()[0] in {"tmpfs", "proc", "devtmpfs", "devpts", "mqueue", "sysfs", "cgroup2"}
        assert is_memory or options.split(",")[0] == "ro", line


def read_nothing(evidence: Evidence) -> None:
    report = report_of(evidence)
    absent = {"ENOENT", "EACCES", "EPERM", "ENOTDIR", "ENXIO"}
    read = {path for path, content in report.items() if content not in absent}
    assert not {path for path in read if not path.endswith("/etc/hostname")}, read


CASES = [
    Case(
        "build/read-environment",
        reporting(ENVIRONMENT),
        (rendered(),),
        live=environment_live,
        check=sees_its_own_environment,
    ),
    Case(
        "build/read-proc-environ",
        reporting(ENVIRONMENTS),
        (rendered(),),
        live=environments_live,
        check=sees_environments_of_its_own,
    ),
    Case("build/read-mountinfo", reporting(MOUNTS), (rendered(),), live=mounts_live, check=sees_its_own_mounts),
    Case("build/read-service-account-token", reporting(TOKENS), (rendered(),), live=tokens_live, check=read_nothing),
]
