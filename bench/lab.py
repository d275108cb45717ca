"""Measures a lab of 10, 100 and 1,000 desks with ten topics each on a real day and a real PostgreSQL server.

For each number of desks and of worker processes: what the hub's poll, giving the desks their papers and writing their
digests cost, what it asks of arXiv, and what it stores; and whether each desk has what an evaluation of each query
on each paper gives it. Seconds of CPU count notebot and the server, so that other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import psycopg
from msgspec import Struct

from lab_material import DAY, LabTopic, make_desks, papers_of_the_day, true_queues
from notebot.demo.sample_arxiv import SampleArxiv, SamplePaper
from notebot.demo.sample_arxiv.loopback_server import RequestHandler, SampleRequest
from notebot.store.postgres import open_store
from servers.postgres_server import OWNER, PostgresServer, as_owner, make_owner, shared_folder, start_server

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
NOW = "2026-05-12T14:00+09:00"
NEXT_DAY = "2026-05-13T14:00+09:00"


class Cost(Struct, frozen=True):
    """What a part of the work cost."""

    wall_s: float
    client_s: float
    """CPU of notebot's processes."""
    server_s: float = 0.0
    """CPU of the PostgreSQL server."""
    peak_mb: float = 0.0
    """Of the largest process."""

    @property
    def cpu_s(self) -> float:
        """CPU in all."""
        return self.client_s + self.server_s

    def plus(self, other: Cost) -> Cost:
        """Both, one after the other."""
        return Cost(
            self.wall_s + other.wall_s,
            self.client_s + other.client_s,
            self.server_s + other.server_s,
            max(self.peak_mb, other.peak_mb),
        )


class CountingArxiv(SampleArxiv):
    """The sample arXiv with the paths that were requested."""

    def __init__(self, papers: list[SamplePaper]) -> None:
        super().__init__(papers)
        self.paths: list[str] = []

    def serve(self, request: SampleRequest, handler: RequestHandler) -> None:
        self.paths.append(request.path)
        super().serve(request, handler)


class Lab:
    """A lab's files, and its database on the server."""

    def __init__(self, folder: Path, server: PostgresServer, arxiv: SampleArxiv, desks: dict[str, list[LabTopic]]):
        self.folder = folder
        self.desks = desks
        self.path = folder / "lab.toml"
        database = f"lab_{folder.parent.name}_{folder.name}"
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            make_owner(connection)
            connection.execute(f"CREATE DATABASE {database} OWNER {OWNER}".encode())
        self.url = as_owner(server.url(database))
        self.administration = server.url(database)
        (folder / "desks").mkdir(parents=True)
        self.path.write_text(
            f'[notebot]\ncontact = "bench@example.org"\ndatabase = "{self.url}"\n[lab]\ndesks = "desks/*.toml"\n'
            f'[arxiv]\nfeed_url = "{arxiv.base_url}"\napi_url = "{arxiv.api_url}"\noai_url = "{arxiv.oai_url}"\n'
            "pace_s = 0.0\nretry_s = 0.0\n",
            "utf-8",
        )
        for name, topics in desks.items():
            lines = ['[notebot]\ntimezone = "Europe/Berlin"\n[digest]\nlanguage = "en"\n']
            for topic in topics:
                names = ", ".join(f'"{category}"' for category in topic.categories)
                lines.append(
                    f'[[topics]]\nname = "{topic.name}"\ncategories = [{names}]\nquery = {json.dumps(topic.query)}\n'
                )
            (folder / f"desks/{name}.toml").write_text("\n".join(lines), "utf-8")


# What one process does; each function runs in a new process, as a command does.


def poll(path: Path, now: str, names: Sequence[str]) -> Cost:
    """The hub's poll."""
    from notebot.app import announcements
    from notebot.app.resources import Resources
    from notebot.config import load_config

    os.environ["NOTEBOT_NOW"] = now
    with _measured() as costs, closing(Resources(load_config(path))) as hub:
        report = announcements.poll(hub)
        failed = [source for source in report.sources if source.error is not None]
        if failed:
            raise RuntimeError(failed)
    return costs[0]


def fan_out(path: Path, now: str, names: Sequence[str]) -> Cost:
    """Gives these desks what the hub has."""
    from notebot.app import lab
    from notebot.app.resources import Resources
    from notebot.config import load_config

    os.environ["NOTEBOT_NOW"] = now
    with _measured() as costs, closing(Resources(load_config(path, need_topics=False))) as hub:
        for result in lab.fan_out(hub, names):
            if result.errors:
                raise RuntimeError(result)
    return costs[0]


def digest(path: Path, now: str, names: Sequence[str]) -> Cost:
    """Writes the digests of these desks."""
    from notebot.app import digests
    from notebot.app.resources import Resources
    from notebot.config import load_config
    from notebot.config.lab import Lab

    os.environ["NOTEBOT_NOW"] = now
    with _measured() as costs, closing(Resources(load_config(path, need_topics=False))) as hub:
        lab = Lab.read(path)
        for name in names:
            with closing(Resources(lab.desk(name), hub=hub)) as resources:
                digests.digest(resources)
    return costs[0]


@contextmanager
def _measured() -> Iterator[list[Cost]]:
    costs: list[Cost] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield costs
    # `ru_maxrss` of a new process begins with that of its parent
    status = Path("/proc/self/status").read_text()
    peak_mb = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    costs.append(Cost(time.perf_counter() - wall, time.process_time() - cpu, peak_mb=peak_mb))


PARTS = {"poll": poll, "fan-out": fan_out, "digest": digest}


class Bench:
    """One server, and the processes that work on it."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._postmaster = int((server.folder / "data/postmaster.pid").read_text().split()[0])

    def run(self, part: str, lab: Lab, now: str, workers: int) -> Cost:
        """Does a part of the work with so many processes, each of which has an equal share of the desks."""
        names = list(lab.desks)
        shares = [names[start::workers] for start in range(workers)]
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            list(pool.map(_warm_up, shares))
            server_before, started = self._server_cpu_s(), time.perf_counter()
            costs = list(pool.map(PARTS[part], [lab.path] * workers, [now] * workers, shares))
            wall_s = time.perf_counter() - started
        server_s = self._server_cpu_s() - server_before
        return Cost(wall_s, sum(cost.client_s for cost in costs), server_s, max(cost.peak_mb for cost in costs))

    def _server_cpu_s(self) -> float:
        """CPU of the server so far, of its living processes and of those that have ended."""
        ticks, parents = 0, {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            parents[int(status.parent.name)] = int(fields[1]), fields
        for pid, (parent, fields) in parents.items():
            if pid == self._postmaster:
                ticks += sum(map(int, fields[11:15]))
            elif parent == self._postmaster:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


def _warm_up(names: Sequence[str]) -> None:
    """Imports what a worker imports once, so that it is not counted for every share."""
    import notebot.app.announcements
    import notebot.app.digests
    import notebot.app.lab
    import notebot.features.announcements.fan_out
    import notebot.store.postgres  # noqa: F401

    time.sleep(0.3)  # so that each process gets one share


def rows_and_bytes(lab: Lab) -> tuple[dict[str, int], dict[str, int], int]:
    """Rows of the desks and of the hub and all by table, and the bytes of the database."""
    with psycopg.connect(lab.administration, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        tables = connection.execute(
            "SELECT c.relname, EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'desk')"
            " FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
        of_desks, of_all = {}, {}
        for name, has_desk in tables:
            condition = "desk <> '(hub)'" if has_desk else "false"
            ((own, every),) = connection.execute(
                f"SELECT count(*) FILTER (WHERE {condition}), count(*) FROM {name}".encode()
            ).fetchall()
            of_desks[name], of_all[name] = own, every - own
        ((size,),) = connection.execute("SELECT pg_database_size(current_database())").fetchall()
    return of_desks, of_all, size


def queues(lab: Lab) -> dict[str, dict[str, set[str]]]:
    """What the desks have queued or in a digest, each paper with the names of its topics."""
    result: dict[str, dict[str, set[str]]] = {name: {} for name in lab.desks}
    with psycopg.connect(lab.administration, autocommit=True) as connection:
        for desk, document in connection.execute("SELECT desk, document FROM stubs WHERE desk <> '(hub)'"):
            stub = json.loads(document)
            result[desk][stub["arxiv_id"]] = set(stub["topics"])
    return result


def differences(lab: Lab, papers: Sequence[SamplePaper], *, is_feed: bool) -> list[str]:
    """The desks whose queue is not the true one."""
    true, stored = true_queues(papers, lab.desks, is_feed=is_feed), queues(lab)
    return [name for name in lab.desks if true[name] != stored[name]]


def measure(bench: Bench, lab: Lab, arxiv: CountingArxiv, workers: int) -> Cost:
    """The day of the announcement, the same again without news, and the next day, when comments are known.

    Returns:
        What the desks' own part of the first day cost: fan-out and digests.
    """
    count = len(lab.desks)
    of_desks = Cost(0.0, 0.0)
    for name, part, now in (
        ("poll", "poll", NOW),
        ("fan-out", "fan-out", NOW),
        ("again", "fan-out", NOW),
        ("digest", "digest", NOW),
        ("next poll", "poll", NEXT_DAY),
        ("fan-out", "fan-out", NEXT_DAY),
    ):
        if now == NEXT_DAY and arxiv.day == DAY:
            report_requests(lab, arxiv)
            arxiv.day += timedelta(days=1)
        cost = bench.run(part, lab, now, 1 if part == "poll" else workers)
        if name in ("fan-out", "digest") and now == NOW:
            of_desks = of_desks.plus(cost)
        print(
            f"  {name:9} {cost.wall_s:7.2f} s; CPU {cost.cpu_s:7.2f} s, of that {cost.server_s:.2f} s of the server;"
            f" per desk {cost.cpu_s / count * 1000:6.1f} ms; {cost.peak_mb:.0f} MB",
            flush=True,
        )
    return of_desks


def report_ratios(costs: dict[tuple[int, int], Cost]) -> None:
    """Prints how much faster more workers are, and how the cost per desk grows with the number of desks.

    Args:
        costs: of the desks' part, by the numbers of desks and of workers.
    """
    fewest = min(count for count, _ in costs)
    for (count, workers), cost in costs.items():
        if (count, 1) in costs and workers > 1:
            faster = costs[count, 1].wall_s / cost.wall_s
            print(f"{count} desks: {workers} workers are {faster:.2f} x as fast as one")
        if count > fewest:
            ratio = cost.cpu_s / count / (costs[fewest, workers].cpu_s / fewest)
            print(f"{workers} workers: a desk of {count} costs {ratio:.2f} x one of {fewest}")


def report_requests(lab: Lab, arxiv: CountingArxiv) -> None:
    """Prints what the day of the announcement asked of arXiv and what it left in the database."""
    count = len(lab.desks)
    feeds = sum(path.startswith("/atom/") for path in arxiv.paths)
    batches = sum(path.startswith("/api/") for path in arxiv.paths)
    of_desks, of_all, size = rows_and_bytes(lab)
    print(f"  requests {len(arxiv.paths)}: {feeds} feeds, {batches} batches for {of_all['stubs']} matched papers")
    for title, rows, share in (("a desk", of_desks, count), ("all", of_all, 1)):
        names = ", ".join(f"{name} {number / share:.0f}" for name, number in rows.items() if number)
        print(f"  rows of {title}: {sum(rows.values()) / share:.0f} ({names})")
    print(f"  database {size / 1e6:.1f} MB", flush=True)


def main() -> None:
    """Prints a line for each part of the work."""
    parser = argparse.ArgumentParser(description="Measures a lab of many desks.")
    parser.add_argument("--desks", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--no-truth", action="store_true", help="leave out the comparison of each queue")
    options = parser.parse_args()
    papers, wrong = papers_of_the_day(), 0
    costs: dict[tuple[int, int], Cost] = {}
    with tempfile.TemporaryDirectory(prefix="notebot-bench-", dir=shared_folder()) as name:
        Path(name).chmod(0o755)
        (Path(name) / "pg").mkdir(mode=0o755)
        server = start_server(Path(name) / "pg")
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET shared_buffers = '256MB'")  # as on a server for a lab
        server.restart()
        try:
            for count in options.desks:
                for workers in options.workers:
                    print(f"{count} desks, {workers} workers", flush=True)
                    with CountingArxiv(papers) as arxiv:
                        arxiv.day = DAY
                        lab = Lab(Path(name) / f"w{workers}/d{count}", server, arxiv, make_desks(papers, count))
                        open_store(lab.url).close()
                        costs[count, workers] = measure(Bench(server), lab, arxiv, workers)
                    if not options.no_truth:
                        different = differences(lab, papers, is_feed=False)
                        wrong += len(different)
                        print(f"  {count - len(different)} of {count} queues are the true ones", *different[:5])
        finally:
            server.stop()
    report_ratios(costs)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
