"""Real databases for tests: a SQLite file, and a PostgreSQL cluster of the test session's own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

DEBIAN_HOME = Path("/usr/lib/postgresql")


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's server programs, newest version first; None where it is not installed."""
    folders = sorted(DEBIAN_HOME.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    found = [*folders, *([Path(on_path).parent] if on_path else [])]
    return next((folder for folder in found if (folder / "pg_ctl").exists()), None)


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A PostgreSQL server on a Unix socket only; gives the URL of its maintenance database."""
    programs = postgres_programs()
    assert programs is not None, "PostgreSQL is not installed: run `make install`"
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    prefix: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        prefix = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    run = [*prefix, str(programs / "initdb"), "-D", str(data), "-U", "webgen", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(run, check=True, capture_output=True, cwd=folder)
    control = [*prefix, str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=200"
    subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd=folder)
    try:
        yield f"postgresql+psycopg://webgen@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder)


def fresh_postgres(server_url: str) -> str:
    """A new, empty database in a server; its URL."""
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server_url.replace("/postgres?", f"/{name}?")
