"""A command on a pseudo-terminal, as a person sits at one."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from acceptance.command import NOTEBOT, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """Runs the installed command with a terminal as stdin, stdout and stderr."""

    def __init__(self, *words: str, cwd: Path, env: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [NOTEBOT, *words],
            cwd=cwd,
            env=dict(env),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 (so that Ctrl-C becomes a signal)
        )
        os.close(slave)
        self.shown = ""
        self._read_up_to = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def expect(self, text: str) -> str:
        """Waits until the text is shown, after what was expected before; returns everything shown until then."""
        deadline = time.monotonic() + PATIENCE_S
        while (place := self.shown.find(text, self._read_up_to)) < 0:
            assert time.monotonic() < deadline, f"{text!r} is not shown: {self.shown!r}"
            assert self._read(), f"ended without {text!r}: {self.shown!r}"
        before = self.shown[self._read_up_to : place]
        self._read_up_to = place + len(text)
        return before

    def answer(self, question: str, line: str) -> None:
        """Waits for a question and types a line."""
        self.expect(question)
        self.type(f"{line}\n")

    def type(self, keys: str) -> None:
        """Types keys."""
        os.write(self._master, keys.encode())

    def end_with(self, keys: str) -> int:
        """Types keys until the command ends; returns its exit code.

        A signal that arrives between Python's last look and its read of the terminal has no effect until the next key.
        """
        while self.process.poll() is None:
            with suppress(OSError):  # it has just ended
                self.type(keys)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
        return self.end()

    def end(self) -> int:
        """Waits for the end of the command; returns its exit code."""
        while self._read():
            pass
        assert "Traceback" not in self.shown, self.shown
        return self.process.wait(PATIENCE_S)

    def _read(self) -> bool:
        """Reads what is shown next; False once the command has ended."""
        ready, _, _ = select.select([self._master], [], [], PATIENCE_S)
        assert ready, f"nothing is shown: {self.shown!r}"
        try:
            data = os.read(self._master, 65_536)
        except OSError:  # Linux: the other side is closed
            return False
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


def _take_terminal() -> None:
    """Makes stdin the controlling terminal of the new session; a shell may have started the tests without SIGINT."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
