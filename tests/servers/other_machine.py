"""A second machine for some processes: a network namespace whose cable can be cut; needs root on Linux."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET of setns(2)."""


def can_have_other_machines() -> bool:
    """Whether this process may make network namespaces."""
    return os.getuid() == 0 and all(map(shutil.which, ("ip", "iptables")))


@dataclass
class OtherMachine:
    """A machine that reaches this one by a cable, from the ``with`` on.

    Processes are run there with ``prefix`` before their words. A cut cable drops every packet, as a switch without
    power does: nobody is told that a connection is lost.
    """

    number: int = 7
    """Of its network, 10.99.N.0/24."""
    forwarders: list[Forwarder] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"notebot-{os.getpid()}"

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.name)

    @property
    def host(self) -> str:
        """The address of this machine, as the other one sees it."""
        return f"10.99.{self.number}.1"

    def __enter__(self) -> Self:
        here, there = f"nb{os.getpid()}h", f"nb{os.getpid()}t"
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", self.name)
        _run("ip", "address", "add", f"{self.host}/24", "dev", here)
        _run("ip", "link", "set", here, "up")
        _run(*self.prefix, "ip", "link", "set", "lo", "up")
        _run(*self.prefix, "ip", "address", "add", f"10.99.{self.number}.2/24", "dev", there)
        _run(*self.prefix, "ip", "link", "set", there, "up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for forwarder in self.forwarders:
            forwarder.close()
        _run("ip", "netns", "delete", self.name)

    def forward(self, port: int) -> None:
        """Lets a port of this machine's loopback be reached by the other one's loopback."""
        self.forwarders.append(Forwarder(Path("/run/netns") / self.name, port))

    def cut(self) -> None:
        """Cuts the cable."""
        for chain, option in (("INPUT", "-i"), ("OUTPUT", "-o")):
            _run(*self.prefix, "iptables", "-A", chain, "!", option, "lo", "-j", "DROP")
        for forwarder in self.forwarders:
            forwarder.cut()

    def mend(self) -> None:
        """Mends the cable."""
        _run(*self.prefix, "iptables", "-F")
        for forwarder in self.forwarders:
            forwarder.mend()


class Forwarder:
    """Passes connections to a port of a namespace's loopback on to the same port of this machine's loopback."""

    def __init__(self, namespace: Path, port: int) -> None:
        self._port = port
        self._is_cut = False
        self._pairs: list[tuple[socket.socket, socket.socket | None]] = []
        listening: list[socket.socket] = []
        # a thread of its own, since entering a namespace concerns the calling thread alone
        thread = threading.Thread(target=lambda: listening.append(_listen_in(namespace, port)))
        thread.start()
        thread.join()
        self._listening = listening[0]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Ends all connections."""
        self._listening.close()
        self.mend()

    def cut(self) -> None:
        """From now on, nothing is passed on; the client hears nothing, and the server that the client is gone."""
        self._is_cut = True
        for _, server in self._pairs:
            if server is not None:
                _end(server)

    def mend(self) -> None:
        """Ends what was cut, and passes on new connections."""
        self._is_cut = False
        for pair in self._pairs:
            for end in pair:
                if end is not None:
                    _end(end)
        self._pairs.clear()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = None if self._is_cut else socket.create_connection(("127.0.0.1", self._port))
                self._pairs.append((client, server))
                if server is not None:
                    for ends in ((client, server), (server, client)):
                        threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        if not self._is_cut:
            for end in (source, target):
                _end(end)
            self._pairs = [pair for pair in self._pairs if source not in pair]


def _listen_in(namespace: Path, port: int) -> socket.socket:
    with namespace.open("rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "setns")
    return socket.create_server(("127.0.0.1", port))


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
    end.close()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
