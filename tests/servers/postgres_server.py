"""A real PostgreSQL server for the tests: one for all processes of a test run, in a temporary directory."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

MISSING = "PostgreSQL is not installed (initdb and pg_ctl are missing)"
PASSWORD = "correct horse"
"""Of the user ``locked``, the only one who needs a password; a test creates the user."""
OWNER = "lab"
"""Of the databases; not a superuser."""
FOLDER_VARIABLE = "NOTEBOT_TEST_POSTGRES"
_SETTINGS = {
    # a test's database need not survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "logging_collector": "off",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running server; ``postgres`` may do everything without a password, from this machine."""

    folder: Path
    port: int

    def url(self, database: str, user: str = "postgres") -> str:
        """The address over the Unix socket, which is the quickest."""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}"

    def tcp_url(self, database: str, user: str = "postgres") -> str:
        """The address over loopback."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def restart(self, mode: str = "fast") -> None:
        """Stops the server at once, with all connections, and starts it again."""
        self._control("restart", "-m", mode)

    def stop(self, mode: str = "immediate") -> None:
        """Stops the server."""
        self._control("stop", "-m", mode)

    def start(self) -> None:
        """Starts it again."""
        self._control("start")

    def _control(self, *words: str) -> None:
        log = ("-l", str(self.folder / "log")) if words[0] != "stop" else ()
        _as_server(_binary("pg_ctl"), "-D", str(self.folder / "data"), "-w", *log, *words)


@cache
def binaries() -> Path | None:
    """The folder of the newest server's programs, or ``None``."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*([Path(on_path).resolve().parent] if on_path else []), *folders]
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def start_server(folder: Path, **settings: str) -> PostgresServer:
    """Makes a cluster in an empty folder and starts its server, with further settings."""
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    _as_server(_binary("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    settings = {**_SETTINGS, "port": str(port), "unix_socket_directories": str(folder), **settings}
    with (folder / "data/postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    access = folder / "data/pg_hba.conf"
    access.write_text(f"host all locked 127.0.0.1/32 scram-sha-256\n{access.read_text(encoding='utf-8')}")
    server = PostgresServer(folder, port)
    server.start()
    return server


@cache
def shared_server() -> PostgresServer:
    """The server of this test run, started by the first process that needs it; :func:`end_shared_server` stops it."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / "port"
        if ready.exists():
            return PostgresServer(folder / "server", int(ready.read_text()))
        (folder / "server").mkdir(mode=0o755)
        server = start_server(folder / "server")
        ready.write_text(str(server.port))
        return server


def empty_database(name: str) -> str:
    """The URL of a new database without any table; the name is the test's own."""
    name = f"{name}_{os.getpid()}"
    with psycopg.connect(shared_server().url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        make_owner(connection)
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}".encode())
    return shared_server().url(name)


def make_owner(connection: psycopg.Connection[Any]) -> None:
    """Makes the user who owns the databases, and whom row-level security binds."""
    connection.execute(
        f"DO $$ BEGIN CREATE ROLE {OWNER} LOGIN;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$".encode()
    )


def as_owner(url: str) -> str:
    """The URL of a database for its owner instead of the superuser."""
    return url.replace("//postgres@", f"//{OWNER}@")


def reserve_shared_server() -> None:
    """Names the folder of the server for this process and its workers; nothing is started yet."""
    folder = tempfile.mkdtemp(prefix="notebot-pg-", dir=shared_folder())
    Path(folder).chmod(0o755)
    os.environ[FOLDER_VARIABLE] = folder


def end_shared_server() -> None:
    """Stops the server, if a test started it, and removes its folder."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    if (folder / "port").exists():
        shared_server().stop()
    shutil.rmtree(folder, ignore_errors=True)


def shared_folder() -> str | None:
    """The path of a Unix socket has at most 107 bytes, so it may not be in a test's own folder."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _binary(name: str) -> str:
    folder = binaries()
    assert folder is not None, MISSING
    return str(folder / name)


def _as_server(*words: str) -> None:
    """Runs a program as a user who is not root."""
    owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    subprocess.run(
        words,
        check=True,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
    )
