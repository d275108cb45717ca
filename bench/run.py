"""Measures every row of the speed table in one run, and writes bench/RESULTS.md.

Ratios are taken within the run, each of medians over repeats, so that another machine gives comparable figures.
"""

import gc
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from msgspec.structs import replace

import material
from notebot.core.model.entry import Batch, FeedAnswer
from notebot.core.model.oai_record import OaiRecord
from notebot.core.model.paper import Paper
from notebot.core.model.source_record import Validators
from notebot.core.model.stub import Stub
from notebot.core.note_format.stub_title import NoteStyle
from notebot.demo.sample_arxiv import Announcement, SampleArxiv, SamplePaper, default_papers
from notebot.demo.sample_arxiv.loopback_server import RequestHandler, SampleRequest
from notebot.features.announcements.adapters.arxiv_feed import parse_feed
from notebot.features.announcements.poll import PollPorts, poll
from notebot.features.summaries.rules.extract import with_extract
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.features.topics.rules.matching import TopicIndex, prepare_entry
from notebot.features.topics.rules.query import parse_query
from notebot.features.topics.rules.topic import Topic
from notebot.store.sqlite import SqliteStore, open_store

NOTEBOT = Path(sys.executable).with_name("notebot")
Row = tuple[str, str, str, bool | None]

# an installed program has its bytecode cached; without it every process would compile all of notebot again
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def timed(work: Callable[[], object], repeats: int) -> float:
    """The median of the seconds that ``work`` takes."""
    taken = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def topics(count: int, categories: Sequence[str] = ("cs.CL",)) -> list[Topic]:
    """Topics over generated queries."""
    return [
        Topic(f"t{number}", tuple(categories), parse_query(text), frozenset({"new", "cross"}), ())
        for number, text in enumerate(material.queries(count))
    ]


class BytesFeed:
    """A feed port that parses given bytes; the network is not what is measured."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def retrieve(self, category: str, validators: Validators) -> FeedAnswer:
        return FeedAnswer(parse_feed(self.body, category), Validators())


class NoPapers:
    """An API port that knows no paper."""

    def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        return {}


class NoRecords:
    """An OAI port to which nothing changed."""

    def changed_since(self, category: str, since: date) -> list[OaiRecord]:
        return []


def poll_once(store: SqliteStore, body: bytes, watched: list[Topic]) -> None:
    """Bytes → entries → matched → stored."""
    ports = PollPorts(
        store=store,
        feed=BytesFeed(body),
        api=NoPapers(),
        records=NoRecords(),
        clock=lambda: datetime(2026, 5, 12, 5, tzinfo=UTC),
        enrich=with_extract,
        requests=lambda: 0,
    )
    poll(ports, watched, style=NoteStyle())


def cold_start() -> Row:
    bare = timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 25)
    ours = timed(lambda: subprocess.run([NOTEBOT, "--version"], check=True, capture_output=True), 25)
    return (
        "`notebot --version` against a bare `python -c pass`",
        "≤ 5 ×",
        f"{ours / bare:.2f} × ({ours * 1e3:.0f} ms / {bare * 1e3:.0f} ms)",
        ours / bare <= 5,
    )


def cpu_of(command: Sequence[object], repeats: int, environment: Mapping[str, str] | None = None) -> float:
    """The median CPU seconds, user and system, of a whole process."""
    seconds = []
    for _ in range(repeats):
        process = subprocess.Popen(
            [str(word) for word in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        usage = os.wait4(process.pid, 0)[2]
        seconds.append(usage.ru_utime + usage.ru_stime)
    return statistics.median(seconds)


SCRIPT = """
import arxiv, sys
client = arxiv.Client(delay_seconds=0, num_retries=0); client.query_url_format = sys.argv[1] + "?{}"
print(next(client.results(arxiv.Search(id_list=[sys.argv[2]]))).title)
"""
"""The three lines that a user would write to fetch a paper with the `arxiv` package."""


def short_commands() -> list[Row]:
    """CPU of whole processes that have little to do: what a person waits for at a prompt."""
    with SampleArxiv() as server, tempfile.TemporaryDirectory() as name:
        config = write_config(Path(name), server.base_url, topics(5))
        now = datetime.combine(server.day, datetime.min.time(), UTC).isoformat()
        environment = {**ENVIRONMENT, "NOTEBOT_NOW": now}
        ours: list[object] = [NOTEBOT, "--config", config]
        subprocess.run([*map(str, ours), "poll"], env=environment, check=True, capture_output=True)
        bare = cpu_of([sys.executable, "-c", "pass"], 25)
        rows: list[Row] = []
        for words in (["queue", "list"], ["status"], ["search", "math"]):
            cpu = cpu_of([*ours, *words], 15, environment)
            rows.append(
                (
                    f"CPU of `notebot {' '.join(words)}` on a small store, against a bare `python -c pass`",
                    "≤ 12 ×",
                    f"{cpu / bare:.1f} × ({cpu * 1e3:.0f} ms / {bare * 1e3:.0f} ms)",
                    cpu / bare <= 12,
                )
            )
        paper = default_papers()[0].arxiv_id
        script = cpu_of([sys.executable, "-c", SCRIPT, server.api_url, paper], 9)
        fetch = cpu_of([*ours, "fetch", paper], 9, environment)
    return [
        *rows,
        (
            "CPU of `notebot fetch ID`, against a script of three lines with the `arxiv` package",
            "≤ 2 ×",
            f"{fetch / script:.2f} × ({fetch * 1e3:.0f} ms / {script * 1e3:.0f} ms)",
            fetch / script <= 2,
        ),
    ]


def poll_cpu() -> Row:
    """CPU of a whole `notebot poll`, network and start included."""
    import feedparser

    with SampleArxiv(big_day()) as server, tempfile.TemporaryDirectory() as name:
        server.day = material.DAY
        seconds = []
        for number in range(5):
            folder = Path(name) / str(number)
            folder.mkdir()
            config = write_config(folder, server.base_url, topics(100))
            seconds.append(cpu_of([NOTEBOT, "--config", config, "poll"], 1, ENVIRONMENT))
    mine, body, peer = statistics.median(seconds), material.feed(1999), []
    for _ in range(5):
        start = time.process_time()
        feedparser.parse(body)
        peer.append(time.process_time() - start)
    ratio = mine / statistics.median(peer)
    return (
        "CPU of a whole `notebot poll`, 2,000 entries × 100 topics, against `feedparser.parse` alone",
        "≤ 1.0 ×",
        f"{ratio:.2f} × ({mine:.2f} s / {statistics.median(peer):.2f} s)",
        ratio <= 1.0,
    )


def feed_to_store() -> list[Row]:
    import feedparser

    body, watched = material.feed(2000), topics(100)
    with tempfile.TemporaryDirectory() as folder:
        stores = iter([open_store(Path(folder) / f"{number}.db") for number in range(7)])
        mine = timed(lambda: poll_once(next(stores), body, watched), 7)
        peer = timed(lambda: feedparser.parse(body), 5)
    strict = timed(lambda: parse_feed(body, "cs.CL"), 5)
    return [
        (
            "2,000-entry feed: bytes → matched against 100 topics → stored, against `feedparser.parse` alone",
            "≤ 0.5 ×",
            f"{mine / peer:.2f} × ({mine:.2f} s / {peer:.2f} s)",
            mine / peer <= 0.5,
        ),
        (
            "the same bytes through our strict parser alone, against `feedparser.parse`",
            "–",
            f"{strict / peer:.3f} × ({2000 / strict:,.0f} / {2000 / peer:,.0f} entries/s)",
            None,
        ),
    ]


def real_day() -> list[Row]:
    records = material.real_day()
    if records is None:
        return []
    import feedparser

    with SampleArxiv([_sample(r) for r in records]) as server:
        server.day = material.DAY
        bodies = {name: _download(f"{server.base_url}/atom/{name}") for name in ("cs.CL", "cs.LG", "cs.AI", "cs.CV")}
    watched = topics(100, tuple(bodies))
    entries = sum(len(parse_feed(body, name).entries) for name, body in bodies.items())

    def ours(folder: str) -> None:
        store = open_store(Path(folder) / "real.db")
        for body in bodies.values():
            poll_once(store, body, watched[:1])
        store.close()

    def match() -> None:
        index = TopicIndex(watched)
        for name, body in bodies.items():
            for entry in parse_feed(body, name).entries:
                index.match(prepare_entry(entry), [name])

    mine = timed(match, 3)
    peer = timed(lambda: [feedparser.parse(body) for body in bodies.values()], 3)
    return [
        (
            f"real day 2026-05-12, {entries:,} entries: parsed and matched, against `feedparser.parse`",
            "–",
            f"{mine / peer:.2f} × ({mine:.2f} s / {peer:.2f} s)",
            None,
        )
    ]


def _sample(record: dict[str, object]) -> SamplePaper:
    return SamplePaper(
        arxiv_id=str(record["id"]),
        title=str(record["title"]),
        authors=tuple(record["authors"]),  # type: ignore[arg-type]
        abstract=str(record["abstract"]),
        categories=tuple(record["categories"]),  # type: ignore[arg-type]
        published=datetime(2026, 5, 11, 12, tzinfo=UTC),
        announced=(Announcement(material.DAY, 1, "new"),),
        comment=record.get("comment"),  # type: ignore[arg-type]
    )


def _download(url: str) -> bytes:
    from urllib.request import urlopen

    with urlopen(url) as answer:
        body: bytes = answer.read()
        return body


def api_parsers() -> Row:
    import arxiv._feed as bare
    import feedparser

    body = material.api_answer(2000)
    theirs = timed(lambda: bare.parse(body), 3)
    oracle = timed(lambda: feedparser.parse(body), 3)
    return (
        "peer: `arxiv` package's own parser on 2,000 API entries, against `feedparser.parse`",
        "–",
        f"{theirs / oracle:.2f} × ({2000 / theirs:,.0f} / {2000 / oracle:,.0f} entries/s)",
        None,
    )


def known_papers() -> Row:
    per_entry = {}
    watched = topics(10)
    for known in (1_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(Path(folder) / "n.db")
            _fill(store, known)
            taken = []
            for round_number in range(7):
                body = material.feed(1000, date(2026, 5, 12), 1 + round_number * 1000)
                start = time.perf_counter()
                poll_once(store, body, watched)
                taken.append(time.perf_counter() - start)
            per_entry[known] = statistics.median(taken) / 1000
            store.close()
    ratio = per_entry[1_000_000] / per_entry[1_000]
    return (
        "cost per new entry with 1,000,000 known papers, against 1,000",
        "≤ 1.3 ×",
        f"{ratio:.2f} × ({per_entry[1_000_000] * 1e6:.0f} µs / {per_entry[1_000] * 1e6:.0f} µs)",
        ratio <= 1.3,
    )


def _fill(store: SqliteStore, count: int) -> None:
    """Known papers of ten years over five categories, and one in fifty of them a stub."""
    entry = parse_feed(material.feed(1), "cs.CL").entries[0]
    stub = draft_from_entry(entry, ())
    import msgspec

    raw = msgspec.json.encode(stub)
    names = [f"{16 + n // 100_000:02d}{1 + n // 9000 % 12:02d}.{n % 100_000:05d}" for n in range(count)]
    connection = store._connection
    with store.transaction():
        connection.executemany(
            "INSERT OR IGNORE INTO announcements (category, arxiv_id, version, announced_on, announce_type, came_by)"
            " VALUES (?, ?, 1, '2020-01-01', 'new', 'feed')",
            ((material.CATEGORIES[n % 5], name) for n, name in enumerate(names)),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO stubs (key, arxiv_id, status, wants_metadata, changed_at, document)"
            " VALUES (?, ?, 'digested', 0, '', ?)",
            ((f"arxiv:{name}", name, raw) for name in names[::50]),
        )


def many_topics() -> Row:
    entries = parse_feed(material.feed(2000), "cs.CL").entries

    def match(count: int) -> Callable[[], None]:
        index = TopicIndex(topics(count))

        def work() -> None:
            for entry in entries:
                index.match(prepare_entry(entry), ["cs.CL"])

        return work

    few, many = timed(match(10), 3), timed(match(1000), 3)
    return (
        "matching 1,000 topics against 2,000 entries, against 10 topics",
        "≤ 10 ×",
        f"{many / few:.2f} × ({many:.2f} s / {few:.2f} s)",
        many / few <= 10,
    )


CONFIG = """
[notebot]
contact = "bench@example.org"
[arxiv]
feed_url = "{base}"
api_url = "{base}/api/query"
oai_url = "{base}/oai"
pace_s = 0.0
[schedule]
poll = "every 1h"
digest = "every 1h"
"""


def write_config(folder: Path, base: str, watched: Sequence[Topic]) -> Path:
    """A config with these topics."""
    lines = [CONFIG.format(base=base)]
    for topic in watched:
        names = ", ".join(f'"{name}"' for name in topic.categories)
        query = topic.query.text if topic.query else ""
        lines.append(f"[[topics]]\nname = \"{topic.name}\"\ncategories = [{names}]\nquery = '{query}'\n")
    path = folder / "config.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def big_day() -> list[SamplePaper]:
    """Papers so that cs.CL alone has a feed of 1,999 entries."""
    return [
        SamplePaper(
            arxiv_id=entry.arxiv_id,
            title=entry.title,
            authors=entry.authors,
            abstract=entry.abstract,
            categories=tuple(dict.fromkeys(entry.categories)),
            published=datetime(2026, 5, 11, 12, tzinfo=UTC),
            announced=(Announcement(material.DAY, 1, "new"),),
        )
        for entry in parse_feed(material.feed(1999), "cs.CL").entries
    ]


ENVIRONMENT = {**os.environ, "NOTEBOT_NOW": "2026-05-12T05:00+00:00"}


class _CountingArxiv(SampleArxiv):
    """The sample arXiv with the paths that were requested."""

    def __init__(self, papers: list[SamplePaper]) -> None:
        super().__init__(papers)
        self.paths: list[str] = []

    def serve(self, request: SampleRequest, handler: RequestHandler) -> None:
        self.paths.append(request.path)
        super().serve(request, handler)


def polled_process() -> list[Row]:
    """The real command over loopback: once with 1,000 topics for the requests, once with 100 for the memory."""
    with _CountingArxiv(big_day()) as server, tempfile.TemporaryDirectory() as name:
        server.day = material.DAY
        config = write_config(Path(name), server.base_url, topics(1000, material.CATEGORIES))
        _poll_process(config)
        feeds = sum(path.startswith("/atom/") for path in server.paths)
        batches = sum(path.startswith("/api/") for path in server.paths)
        store = open_store(Path(name) / "state" / "notebot.db")
        drafted = len(store.stubs.all())
        store.close()
    with SampleArxiv(big_day()) as server, tempfile.TemporaryDirectory() as name:
        server.day = material.DAY
        config = write_config(Path(name), server.base_url, topics(100))
        peak_mb = _poll_process(config)
        idle_mb = _idle_daemon(config, ENVIRONMENT)
    return [
        (
            "requests of a poll with 1,000 topics in 5 categories",
            "5 feeds + 1 per 100 matched",
            f"{feeds} feeds + {batches} for {drafted:,} matched",
            feeds + batches <= 5 + -(-drafted // 100),
        ),
        ("peak memory of `notebot poll` on that feed", "≤ 120 MB", f"{peak_mb:.0f} MB", peak_mb <= 120),
        ("memory of the idle daemon after its rounds", "≤ 70 MB", f"{idle_mb:.0f} MB", idle_mb <= 70),
    ]


_LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
print(os.wait4(process.pid, 0)[2].ru_maxrss)
"""
"""Linux counts the memory of the process that forks as the child's peak, so a small one has to do it."""


def _poll_process(config: Path) -> float:
    """Runs one poll; its peak memory in MB."""
    command = [sys.executable, "-c", _LAUNCHER, NOTEBOT, "--config", config, "poll"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def _idle_daemon(config: Path, environment: dict[str, str]) -> float:
    process = subprocess.Popen([NOTEBOT, "--config", config, "run"], env=environment, stderr=subprocess.DEVNULL)
    store = open_store(config.parent / "state" / "notebot.db")
    deadline = time.monotonic() + 60
    while store.runs.last("digest") is None and time.monotonic() < deadline:
        time.sleep(0.2)
    store.close()
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    return resident / 1024


def digest_speed() -> Row:
    from notebot.app import digests
    from notebot.app.resources import Resources
    from notebot.config import load_config

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        watched = topics(5)
        config = load_config(write_config(folder, "http://127.0.0.1:9", watched))
        resources = Resources(config, now=lambda: datetime(2026, 5, 12, 5, tzinfo=UTC))
        batch: Batch = parse_feed(material.feed(1000), "cs.CL")
        rates = []
        for _ in range(5):
            with resources.store.transaction():
                resources.store._connection.execute("DELETE FROM stubs")
                for entry in batch.entries:
                    resources.store.stubs.save(with_extract(_complete(draft_from_entry(entry, ()))), resources.clock())
            start = time.perf_counter()
            report = digests.digest(resources)
            rates.append(len(report.entries) / (time.perf_counter() - start))
        resources.store.close()
    rate = statistics.median(rates)
    return (
        "digest of 1,000 entries, rendered and written",
        "≥ 2,000 entries/s",
        f"{rate:,.0f} entries/s",
        rate >= 2000,
    )


def _complete(stub: Stub) -> Stub:
    return replace(stub, complete=True, published=datetime(2026, 5, 11, 12, tzinfo=UTC), topics=("t0",))


def table(rows: list[Row]) -> str:
    """The Markdown table."""
    marks = {True: "yes", False: "**no**", None: "–"}
    lines = ["| what | to keep | measured | kept |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {keep} | {found} | {marks[held]} |" for what, keep, found, held in rows)])


def main() -> None:
    rows: list[Row] = [
        cold_start(),
        *short_commands(),
        poll_cpu(),
        *feed_to_store(),
        known_papers(),
        many_topics(),
        *polled_process(),
        digest_speed(),
    ]
    rows += [*real_day(), api_parsers()]
    peers = ", ".join(f"{name} {version(name)}" for name in ("feedparser", "arxiv", "httpx", "jinja2", "msgspec"))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    text = (
        "# Bench results\n\nMade by `make bench`; ratios are taken within the one run. "
        "Other load disturbs them: compare runs on an idle\nmachine, where the load average is below 1.\n\n"
        f"{machine}; {peers}; peak of the bench itself {own_mb} MB; "
        f"load average at the end {os.getloadavg()[1]:.1f}\n\n"
        f"{table(rows)}\n"
    )
    Path(__file__).with_name("RESULTS.md").write_text(text, encoding="utf-8")
    print(text)
    if any(held is False for *_, held in rows):
        sys.exit("some rows are not kept")


if __name__ == "__main__":
    main()
