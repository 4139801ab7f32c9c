"""Attacks by what a build leaves to be read back. The project's own configuration writes it as its process ends."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.abuse.case import Case, Ending, build_failed, configured, rendered
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground

REFUSED = "build/refused-file"


def at_exit(code: str) -> str:
    """Code that runs when Vite has written the site; ``out`` is its folder."""
    folder = "path.resolve(process.argv[process.argv.indexOf('--outDir') + 1])"
    return f"const out = {folder};\nprocess.on('exit', () => {{ {code} }});"


LINKS = configured(at_exit("fs.symlinkSync('@SECRET_FILE@', out + '/leak.txt'); fs.symlinkSync('/etc', out + '/etc');"))
HARD = configured(at_exit("fs.writeFileSync('a', 'x'); fs.linkSync('a', out + '/hard.txt');"))
FIFO = configured(at_exit("cp.execFileSync('/usr/bin/mkfifo', [out + '/pipe.txt']);"))
DEVICE = configured(
    at_exit(
        "cp.spawnSync('/usr/bin/mknod', [out + '/zero.txt', 'c', '1', '5']);"
        "if (!fs.existsSync(out + '/zero.txt')) fs.symlinkSync('/dev/zero', out + '/zero.txt');"
    )
)
PASSWD = configured(at_exit("fs.rmSync(out + '/index.html'); fs.symlinkSync('/etc/passwd', out + '/index.html');"))
SWAP = "while :; do echo x >$0/s.n; mv -f $0/s.n $0/s.txt; ln -s @SECRET_FILE@ $0/s.l; mv -f $0/s.l $0/s.txt; done"
SWAPPED = configured(
    at_exit(f"cp.spawn('/bin/sh', ['-c', '{SWAP}', out], {{ detached: true, stdio: 'ignore' }}).unref();")
)
SPARSE = configured(
    at_exit(
        "for (const size of [1e12, 2.4e8, 2.4e8]) { const name = out + '/' + Math.random() + '.txt';"
        "try { fs.writeFileSync(name, ''); fs.truncateSync(name, size); } catch {} }"
    )
)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


HEAD = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
GIANT = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", HEAD) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")
PICTURE = configured(
    "fs.mkdirSync('public', { recursive: true });\n"
    f"fs.writeFileSync('public/giant.png', Buffer.from('{GIANT.hex()}', 'hex'));"
)
PICTURE["src/App.tsx"] = PICTURE["src/App.tsx"].replace("<ul", '<img src="/giant.png" alt="" /><ul', 1)


def links_are_followed(ground: Ground) -> None:
    assert ground.canaries.secret.encode() in ground.build(LINKS)["leak.txt"], "the link did not lead to the secret"


def hard_links_are_files(ground: Ground) -> None:
    os.link(ground.canaries.file, ground.folder / "hard.txt")
    assert ground.canaries.secret in (ground.folder / "hard.txt").read_text()


def pipes_block(ground: Ground) -> None:
    built = "mkfifo pipe.txt && timeout 0.5 cat pipe.txt"
    assert ground.run("/bin/sh", "-c", built).returncode == 124, "reading the pipe did not block"


def devices_never_end(ground: Ground) -> None:
    (ground.folder / "zero.txt").symlink_to("/dev/zero")
    assert ground.run("/usr/bin/head", "-c", "1000000", "zero.txt").stdout == bytes(1_000_000)


def passwd_is_served(ground: Ground) -> None:
    assert b"root:" in ground.build(PASSWD)["index.html"]


def a_check_is_raced(ground: Ground) -> None:
    code = (
        f"cp.spawn('/bin/sh', ['-c', '{SWAP}', '.'], {{ stdio: 'ignore' }});\n"
        "const isLink = () => { try { return fs.lstatSync('s.txt').isSymbolicLink(); } catch { return true; } };\n"
        "for (const until = Date.now() + 2e4; Date.now() < until;) if (!isLink()) {\n"
        "  const text = fs.readFileSync('s.txt', 'utf8'); if (text !== 'x\\n') { console.log(text); process.exit(); } }"
    )
    assert ground.canaries.secret in ground.javascript(code), "the race was not won"


def a_terabyte_is_cheap(ground: Ground) -> None:
    with (ground.folder / "big").open("wb") as file:
        file.truncate(10**12)
    assert (ground.folder / "big").stat().st_blocks < 1_000


def a_picture_bombs(ground: Ground) -> None:
    with contextlib.suppress(Image.DecompressionBombError):
        Image.open(io.BytesIO(GIANT))
        raise AssertionError("a decoder opened it without a word")


def not_taken(*names: str) -> Callable[[Evidence], None]:
    def check(evidence: Evidence) -> None:
        taken = {name.split("/")[0] for name in evidence.bundle} & set(names)
        assert not taken, f"in the bundle: {taken}"

    return check


CASES = [
    Case(
        "output/symbolic-link", LINKS, (rendered(REFUSED),), live=links_are_followed, check=not_taken("leak.txt", "etc")
    ),
    Case("output/hard-link", HARD, (rendered(REFUSED),), live=hard_links_are_files, check=not_taken("hard.txt")),
    Case("output/fifo", FIFO, (rendered(REFUSED),), live=pipes_block, check=not_taken("pipe.txt")),
    Case("output/device", DEVICE, (rendered(REFUSED),), live=devices_never_end, check=not_taken("zero.txt")),
    Case("output/index-to-etc-passwd", PASSWD, (build_failed("build/no-index"),), live=passwd_is_served),
    Case("output/link-swapped-during-copy", SWAPPED, (rendered(),), live=a_check_is_raced),
    Case("output/sparse-terabyte", SPARSE, (build_failed(limits={"disk"}),), live=a_terabyte_is_cheap),
    Case("output/png-giant-dimensions", PICTURE, (rendered(), Ending("render-failed")), live=a_picture_bombs),
]
