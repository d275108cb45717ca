"""Measures the installed `notebot web` with 300 candidates against its budgets; exits 1 if one is exceeded.

The page is asked over HTTP, signed in as a browser is. Server time is the shortest of several answers, because another
program on the machine can only make an answer slower.
"""

import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import material
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.core.model.paper import Paper
from notebot.features.topics.rules.drafting import draft_from_paper

NOTEBOT = Path(sys.executable).with_name("notebot")
CANDIDATES = 300
BUDGETS = {
    "cold start, s": 0.6,
    "idle memory, MB": 90.0,
    "/ with 300 candidates, ms": 100.0,
    "/ with style sheet, script and icon, KB": 150.0,
    "the page of a paper, ms": 100.0,
    "ends after SIGTERM, s": 10.0,
}
_TOPIC = '[[topics]]\nname = "All"\ncategories = ["cs.CL"]\n'

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def fill(folder: Path) -> list[str]:
    """Writes a config and a store with queued papers; returns their ids."""
    config = folder / "config.toml"
    config.write_text(f'[notebot]\ncontact = "bench@example.org"\n{_TOPIC}', encoding="utf-8")
    resources, chance, vocabulary = Resources(load_config(config)), random.Random(16), material.words()
    ids = [f"2605.{number:05d}" for number in range(1, CANDIDATES + 1)]
    now = datetime.now(UTC)
    with resources.store.transaction():
        for arxiv_id in ids:
            paper = Paper(
                arxiv_id=arxiv_id,
                version=1,
                title=material.text(chance, vocabulary, 11),
                authors=tuple(material.text(chance, vocabulary, 2).title() for _ in range(6)),
                abstract=". ".join(material.text(chance, vocabulary, 20) for _ in range(8)),
                categories=("cs.CL", "cs.LG"),
                published=now,
                updated=now,
            )
            resources.store.stubs.save(resources.enrich(draft_from_paper(paper, None, ())), now)
    resources.close()
    return ids


class Client:
    """A signed-in browser, as far as the server can tell."""

    def __init__(self, start_url: str) -> None:
        parts = urlsplit(start_url)
        assert parts.hostname is not None
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port)
        self._connection.connect()
        self._headers: dict[str, str] = {}
        self._connection.request("GET", f"{parts.path}?{parts.query}")
        answer = self._connection.getresponse()
        answer.read()
        self._headers["Cookie"] = (answer.getheader("Set-Cookie") or "").partition(";")[0]

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status)
        return body

    def best_ms(self, path: str) -> float:
        """The shortest of twenty answers."""
        taken = []
        for _ in range(20):
            start = time.perf_counter()
            self.get(path)
            taken.append(time.perf_counter() - start)
        return min(taken) * 1000


def measure(folder: Path, arxiv_id: str) -> dict[str, float]:
    """Starts the page, asks it, and ends it."""
    words = [NOTEBOT, "--config", folder / "config.toml", "web", "--json", "--listen", "127.0.0.1:0"]
    start = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        document = b""
        while not document.endswith(b"}\n"):
            document += server.stdout.readline()
        client = Client(json.loads(document)["start_url"])
        figures = {"cold start, s": time.perf_counter() - start}
        page = client.get("/")
        assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.decode())
        figures["/ with 300 candidates, ms"] = client.best_ms("/")
        figures["/ with style sheet, script and icon, KB"] = sum(map(len, [page, *map(client.get, assets)])) / 1000
        figures["the page of a paper, ms"] = client.best_ms(f"/papers/{arxiv_id}")
        status = Path(f"/proc/{server.pid}/status")
        if status.exists():
            memory = re.search(r"VmRSS:\s+(\d+)", status.read_text(encoding="utf-8"))
            figures["idle memory, MB"] = int(memory[1]) / 1024 if memory else 0.0
        start = time.perf_counter()
        server.send_signal(signal.SIGTERM)
        server.wait()
        figures["ends after SIGTERM, s"] = time.perf_counter() - start
    return figures


def main() -> int:
    """Prints a table; returns the exit code."""
    with tempfile.TemporaryDirectory() as name:
        ids = fill(Path(name))
        runs = [measure(Path(name), ids[0]) for _ in range(3)]
    exceeded = False
    for row, budget in BUDGETS.items():
        figure = min(run.get(row, 0.0) for run in runs)
        exceeded |= figure > budget
        sys.stdout.write(f"{row:<42} {figure:8.2f}  budget {budget:g}{'  EXCEEDED' if figure > budget else ''}\n")
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
