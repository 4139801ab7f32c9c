"""Configuration that calls whoever might answer: the service's own parts, the cloud, the kernel."""

from __future__ import annotations

from collections.abc import Callable

from tests.abuse.case import Case, rendered
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.abuse.reporting import arrived, report_live, report_of, reporting

CALL = """
const report = {};
function call(name, where) {
  return new Promise((done) => {
    const socket = net.connect(where).setTimeout(2000);
    const end = (word) => { report[name] = word; socket.destroy(); done(); };
    socket.on('connect', () => end('REACHED')).on('timeout', () => end('ETIMEDOUT')).on('error', (e) => end(e.code));
  });
}
"""
PORT = "for (const host of ['127.0.0.1', '::ffff:127.0.0.1', '0.0.0.0']) await call(host, { host, port: NUMBER });"
ENGINE = """
for (const path of ['@ENGINE_SOCKET@', '/proc/1/root@ENGINE_SOCKET@', '/var/run/docker.sock', '/run/docker.sock',
  '/run/containerd/containerd.sock', '/run/podman/podman.sock', '/run/crio/crio.sock', '/run/dbus/system_bus_socket'])
  await call(path, { path });"""
METADATA_4 = "for (const port of [80, 443]) await call(`v4-${port}`, { host: '169.254.169.254', port });"
METADATA_6 = "for (const port of [80, 443]) await call(`v6-${port}`, { host: 'fd00:ec2::254', port });"
NAMES = """
const dns = await import('node:dns/promises');
const dgram = await import('node:dgram');
await call('tcp', { host: '127.0.0.53', port: 53 });
await new Promise((done) => {
  const socket = dgram.createSocket('udp4');
  const end = (word) => { report.udp = word; socket.close(); done(); };
  socket.on('message', () => end('REACHED')).on('error', (e) => end(e.code));
  socket.connect(53, '127.0.0.53', () => socket.send(Buffer.alloc(32)));
  setTimeout(() => report.udp || end('ETIMEDOUT'), 2000);
});
const resolver = new dns.Resolver({ timeout: 500, tries: 1 });
resolver.setServers(['8.8.8.8', '[2001:4860:4860::8888]:53']);
report.resolve = await resolver.resolve4('example.com').then(String, (e) => e.code);
report.lookup = await dns.lookup('example.com').then(String, (e) => e.code);"""
ABSTRACT = """
const { execFileSync } = cp;
const perl = `use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die $!;
  print connect($s, pack('S a*', AF_UNIX, chr(0) . $ARGV[0])) ? 'REACHED' : $!{ECONNREFUSED} ? 'ECONNREFUSED' : 0 + $!`;
report.abstract = execFileSync('/usr/bin/perl', ['-MErrno', '-e', perl, '@ABSTRACT_SOCKET@']).toString();
report.listed = fs.readFileSync('/proc/net/unix', 'latin1').includes('@ABSTRACT_SOCKET@');"""

SYSTEM_CALL = """
const arm = process.arch === 'arm64';
function system(number, ...more) {
  const perl = `my $b = chr(0) x 256; my $r = syscall(${[number, ...more].join(', ')}); print $r < 0 ? 0 + $! : 'DONE'`;
  return cp.execFileSync('/usr/bin/perl', ['-e', perl]).toString();
}
const report = {};
"""
VSOCK = (
    SYSTEM_CALL
    + "report.stream = system(arm ? 198 : 41, 40, 1, 0); report.datagram = system(arm ? 198 : 41, 40, 2, 0);"
)
IO_URING = SYSTEM_CALL + "report.setup = system(425, 8, '$b'); report.register = system(427, 0, 0, 0, 0);"
NAMESPACES = (
    SYSTEM_CALL
    + """
report.unshare = system(arm ? 97 : 272, 0x10000000);
report.unshareMounts = system(arm ? 97 : 272, 0x10020000);
report.clone = system(arm ? 220 : 56, 0x10000000 | 17, 0, 0, 0, 0);
const made = cp.spawnSync('/usr/bin/unshare', ['--user', '--map-root-user', '/bin/true']);
report.program = made.status === 0 ? 'DONE' : 'refused';"""
)
TRACING = (
    SYSTEM_CALL
    + """
const victim = cp.spawn('/bin/sleep', ['5']);
report.traceme = system(arm ? 117 : 101, 0, 0, 0, 0);
report.attach = system(arm ? 117 : 101, 16, victim.pid, 0, 0);
report.read = system(arm ? 270 : 310, victim.pid, '$b', 1, '$b', 1, 0);
report.init = system(arm ? 117 : 101, 16, 1, 0, 0);
try { fs.closeSync(fs.openSync(`/proc/${victim.pid}/mem`, 'r+')); report.memory = 'DONE'; }
catch (error) { report.memory = error.code; }
victim.kill('SIGKILL');"""
)


def nothing_answered(evidence: Evidence) -> None:
    report = report_of(evidence)
    assert report
    assert not {name: word for name, word in report.items() if word in ("REACHED", "DONE", True, "", None)}


def no_foreign_process(evidence: Evidence) -> None:
    """Its own child's memory is its own to open; nobody is traced."""
    report = report_of(evidence)
    report.pop("memory")
    assert "DONE" not in report.values(), report


def reaches(code: str, place: str) -> Callable[[Ground], None]:
    """The proof that the same call, made outside, arrives."""

    def live(ground: Ground) -> None:
        before = ground.canaries.reached(place)
        said = list(report_live(ground, code).values())
        assert "REACHED" in said
        arrived(ground, place, before, 1 if place == "dns-udp" else said.count("REACHED"))

    return live


def does(code: str, what: str) -> Callable[[Ground], None]:
    """The proof that the kernel does the same for a program outside."""

    def live(ground: Ground) -> None:
        assert report_live(ground, code)[what] == "DONE"

    return live


def calling(name: str, code: str, place: str) -> Case:
    return Case(
        f"build/probe-{name}",
        reporting(CALL + code),
        (rendered(),),
        live=reaches(CALL + code, place),
        check=nothing_answered,
    )


CASES = [
    calling("engine-socket", ENGINE, "engine"),
    calling("redis", PORT.replace("NUMBER", "6379"), "redis"),
    calling("gateway", PORT.replace("NUMBER", "8080"), "gateway"),
    calling("database", PORT.replace("NUMBER", "5432"), "database"),
    calling("metadata-v4", METADATA_4, "metadata-v4"),
    calling("metadata-v6", METADATA_6, "metadata-v6"),
    calling("dns", NAMES, "dns-udp"),
    calling("abstract-sockets", ABSTRACT, "abstract"),
    Case("build/probe-vsock", reporting(VSOCK), (rendered(),), check=nothing_answered),
    Case("build/probe-io-uring", reporting(IO_URING), (rendered(),), check=nothing_answered),
    Case(
        "build/probe-user-namespaces",
        reporting(NAMESPACES),
        (rendered(),),
        live=does(NAMESPACES, "program"),
        check=nothing_answered,
    ),
    Case(
        "build/probe-ptrace",
        reporting(TRACING),
        (rendered(),),
        live=does(TRACING, "traceme"),
        check=no_foreign_process,
    ),
]
