"""A real pseudo-terminal of a given width, and what a command prints on it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

ALWAYS_UNSET = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")


def on_terminal(
    words: Sequence[str], *, columns: int, cwd: Path, env: Mapping[str, str], **changes: str
) -> tuple[int, str]:
    """Runs a command whose stdin, stdout and stderr are a terminal; returns its exit code and every character."""
    leading, following = pty.openpty()
    fcntl.ioctl(following, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    clean = {name: value for name, value in env.items() if name not in ALWAYS_UNSET}
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env={**clean, "TERM": "xterm-256color", **changes},
        stdin=following,
        stdout=following,
        stderr=following,
        start_new_session=True,
    )
    os.close(following)
    received = b""
    while True:
        try:
            chunk = os.read(leading, 65536)
        except OSError:  # EIO: the last process has closed the terminal (pty(7))
            break
        if not chunk:
            break
        received += chunk
    os.close(leading)
    return process.wait(), received.decode().replace("\r\n", "\n")
