"""What an attack could reach, put where it would look: a secret in a file and in the environment, and listeners."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

VARIABLE = "WEBGEN_ABUSE_CANARY"
"""Every process of the stack has it in its environment: settings of unknown names are passed on."""

COLOUR = (181, 3, 107)
"""Of the canary page, and of nothing else."""

PLACES = {
    "redis": ("127.0.0.1", 6379),
    "gateway": ("127.0.0.1", 8080),
    "database": ("127.0.0.1", 5432),
    "preview": ("127.0.0.1", 4173),
    "metadata-v4": ("169.254.169.254", 80),
    "metadata-v6": ("fd00:ec2::254", 80),
    "dns-tcp": ("127.0.0.53", 53),
}


@dataclass(frozen=True, slots=True)
class Canaries:
    """Attributes:
    secret: in the file, and in the environment of every worker; a rollout cannot know it.
    token: of one case; its rollout knows it.
    file, engine: paths that every user of the machine may read, and connect to.
    page: a document of `COLOUR` throughout, with the secret in it, that every user may read.
    abstract: name of an abstract Unix socket.
    """

    secret: str
    token: str
    file: Path
    engine: Path
    abstract: str
    page: Path
    hits: Counter[str] = field(default_factory=Counter)
    variable: str = VARIABLE

    def fill(self, text: str) -> str:
        """A case's text with its marks replaced."""
        for mark, value in self._marks().items():
            text = text.replace(mark, value)
        return text

    def reached(self, name: str) -> int:
        """Connections so far to a place of `PLACES`, ``dns-udp``, ``engine`` or ``abstract``."""
        return self.hits[name]

    def of(self, case_id: str) -> Canaries:
        """The same places, with another case's token."""
        return replace(self, token=f"tok-{case_id.replace('/', '-')}-{secrets.token_hex(6)}")

    def _marks(self) -> dict[str, str]:
        return {
            "@SECRET_FILE@": str(self.file),
            "@SECRET_PAGE@": str(self.page),
            "@SECRET_VARIABLE@": self.variable,
            "@TOKEN@": self.token,
            "@UNIQUE@": f"u-{secrets.token_hex(6)}",
            "@ENGINE_SOCKET@": str(self.engine),
            "@ABSTRACT_SOCKET@": self.abstract,
        }


@contextlib.contextmanager
def laid_out(folder: Path) -> Iterator[Canaries]:
    """Lay the secret and listen at every place. The folder's path must be open to every user, and short."""
    secret = f"secret-{secrets.token_hex(16)}"
    file, page, engine = folder / "secret.txt", folder / "secret.html", folder / "engine.sock"
    file.write_text(secret + "\n")
    page.write_text(f'<body style="background: rgb{COLOUR}"><h1>{secret}</h1></body>')
    for path in (file, page):
        path.chmod(0o644)
    canaries = Canaries(secret, "", file, engine, f"webgen-abuse-{secrets.token_hex(6)}", page)
    with contextlib.ExitStack() as stack:
        for name, listening in _listeners(canaries).items():
            stack.enter_context(_counting(name, listening, canaries.hits))
        engine.chmod(0o666)
        yield canaries


def _listeners(canaries: Canaries) -> dict[str, socket.socket]:
    """Raises:
    OSError: a place is taken, or not an address of this network namespace.
    """
    found = {name: socket.create_server(place, family=_family(place[0])) for name, place in PLACES.items()}
    found["dns-udp"] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found["dns-udp"].bind(PLACES["dns-tcp"])
    for name, address in (("engine", str(canaries.engine)), ("abstract", "\0" + canaries.abstract)):
        found[name] = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        found[name].bind(address)
        found[name].listen()
    return found


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextlib.contextmanager
def _counting(name: str, listening: socket.socket, hits: Counter[str]) -> Iterator[None]:
    thread = threading.Thread(target=_count, args=(name, listening, hits), daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _count(name: str, listening: socket.socket, hits: Counter[str]) -> None:
    """Count whoever comes, and answer with the name of the place."""
    with contextlib.suppress(OSError):
        while True:
            if listening.type == socket.SOCK_DGRAM:
                data, peer = listening.recvfrom(4_096)
                if not data:
                    return
                hits[name] += 1
                listening.sendto(data, peer)
            else:
                connection, _ = listening.accept()
                hits[name] += 1
                _answer(connection, name)


def _answer(connection: socket.socket, name: str) -> None:
    """A caller that is gone already was counted all the same."""
    with contextlib.suppress(OSError), connection:
        connection.sendall(f"HTTP/1.0 200 OK\r\n\r\n{name}\n".encode())
