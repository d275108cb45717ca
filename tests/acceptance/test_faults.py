"""Every fault there is × feed, API and OAI × the first, a middle and the last request of a poll.

After the fault, and after the wait that it asked for, one more poll has to bring the store to the state of a
run that met no fault. The last test prints what was lost and doubled, cell by cell.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from acceptance.command import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Desk,
    Done,
    Section,
    desk_with,
    sample_paper,
    urls_of,
)
from notebot.core.model.arxiv_calendar import announcement_day, is_announcement_day, previous_announcement_day
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.demo.sample_arxiv import Announcement, Revision, SamplePaper
from notebot.demo.sample_arxiv.answer import SampleAnswer
from notebot.demo.sample_arxiv.loopback_server import SampleRequest
from notebot.store.sqlite import open_store
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

pytestmark = pytest.mark.slow

CATEGORIES = ("cs.CL", "cs.LG", "cs.CV")
SERVICES = ("feed", "api", "oai")
REQUESTS = {"feed": 3, "api": 3, "oai": 9}
"""How many each service gets in the poll that is struck: three feeds, three batches, three lists of three pages."""
PLACES = {"first": {"feed": 1, "api": 1, "oai": 1}, "middle": {"feed": 2, "api": 2, "oai": 5}, "last": REQUESTS}
TOPICS: list[Section] = [
    {"name": "Mathematics", "categories": list(CATEGORIES), "query": "ti:mathematics"},
    {"name": "Tables", "categories": ["cs.LG", "cs.CL"], "query": "ti:tables", "announce": ["new", "cross", "replace"]},
]
NOW = datetime(2026, 5, 13, 12, 30, tzinfo=UTC)
"""08:30 in New York: a feed of Wednesday that is empty now is no longer merely late."""
SOON, HOURS, NEXT_DAY = timedelta(minutes=10), timedelta(hours=6, minutes=1), timedelta(hours=24, minutes=1)
"""When the service may be asked again: after the minute it asked for, after a refusal, after the longest wait."""


def papers() -> list[SamplePaper]:
    """Four days of papers; most match, each belongs to one of three categories, and every tenth to two."""
    made = [
        paper(1000 * number + n, day)
        for number, (day, count) in enumerate([(MONDAY, 36), (TUESDAY, 100), (WEDNESDAY, 140), (THURSDAY, 30)], 1)
        for n in range(count)
    ]
    old = [
        replaced(900, TUESDAY, "tables"),
        replaced(901, WEDNESDAY, "tables"),
        replaced(902, WEDNESDAY, "mathematics"),
    ]
    return [*made, *old]


def paper(number: int, day: date) -> SamplePaper:
    subject = "cooking" if number % 8 == 0 else "mathematics"
    title = f"On {subject} and tables" if number % 5 == 0 else f"On {subject}"
    own, next_one = CATEGORIES[number % 3], CATEGORIES[(number + 1) % 3]
    again = number in (1001, 1004, 1010)
    return sample_paper(
        f"2605.{number:05}",
        day,
        f"{title}, part {number}",
        categories=(own, next_one) if number % 10 == 0 else (own,),
        announced=(Announcement(day, 1, "new"), *([Announcement(WEDNESDAY, 2, "replace")] if again else [])),
        revisions=(Revision(2, datetime(2026, 5, 12, 9, tzinfo=UTC), title=f"{title}, anew"),) if again else (),
        comment=f"{number % 30} pages",
    )


def replaced(number: int, day: date, subject: str) -> SamplePaper:
    """An old paper that nobody here has seen, in a new version."""
    announced = (Announcement(day, 2, "replace"),)
    return sample_paper(f"2604.{number:05}", date(2026, 4, 9), f"On {subject}", announced=announced)


PAPERS = tuple(papers())
BY_ID = {one.arxiv_id: one for one in PAPERS}


@dataclass(frozen=True)
class Case:
    """One kind of fault, and what a poll has to say of it."""

    name: str
    kind: FaultKind
    told: str | None
    """The error's kind; ``None`` where the poll gets over it by itself."""
    again: timedelta = SOON
    """When the poll that mends it comes."""
    services: tuple[str, ...] = SERVICES
    times: int = 1
    retry_after: str | None = None
    timeout_s: float = 5.0

    def fault(self, service: Any, place: str) -> Fault:
        return Fault(service, self.kind, PLACES[place][service], times=self.times, retry_after=self.retry_after)

    @property
    def stops_all(self) -> bool:
        """The rest of the service is not asked either, until the wait is over."""
        return self.retry_after is not None or self.kind is FaultKind.FORBIDDEN


def _limits(kind: FaultKind) -> list[Case]:
    return [
        Case(f"{kind} for 60 s", kind, "throttled", retry_after="60"),
        Case(f"{kind} until a date", kind, "throttled", retry_after="date"),
        Case(f"{kind} for 32 years", kind, "throttled", NEXT_DAY, retry_after="999999999"),
    ]


CASES = [
    *_limits(FaultKind.TOO_MANY_REQUESTS),
    *_limits(FaultKind.UNAVAILABLE),
    Case("429 alone", FaultKind.TOO_MANY_REQUESTS, "throttled"),
    Case("429 until nonsense", FaultKind.TOO_MANY_REQUESTS, "throttled", services=("api",), retry_after="soon"),
    Case("500", FaultKind.SERVER_ERROR, "unavailable"),
    Case("406", FaultKind.NOT_ACCEPTABLE, "throttled"),
    Case("403 in HTML", FaultKind.FORBIDDEN, "refused", HOURS),
    Case("200 Rate exceeded.", FaultKind.RATE_EXCEEDED, "throttled"),
    Case("301, empty body", FaultKind.REDIRECT, None),
    Case("301 in circles", FaultKind.REDIRECT, "bad-answer", times=6),
    Case("empty body", FaultKind.EMPTY_BODY, "bad-answer"),
    Case("empty page of many", FaultKind.EMPTY_PAGE, "bad-answer", services=("api", "oai")),
    Case("entry missing", FaultKind.LOST_ENTRY, "bad-answer", services=("api",)),
    Case("nothing found", FaultKind.NOTHING_FOUND, "bad-answer", services=("api", "oai")),
    Case("empty feed", FaultKind.NOTHING_FOUND, None, services=("feed",)),
    Case("expired token", FaultKind.BAD_TOKEN, None, services=("oai",)),
    Case("cut short", FaultKind.TRUNCATED, "bad-answer"),
    Case("HTML", FaultKind.BOT_WALL, "bad-answer"),
    Case("dropped before headers", FaultKind.DROPPED_BEFORE_HEADERS, "unavailable"),
    Case("dropped mid body", FaultKind.DROPPED_MID_BODY, "bad-answer"),
    Case("never answers", FaultKind.HANG, "timeout", timeout_s=0.6),
    Case("slow drip", FaultKind.DRIP, "timeout", timeout_s=0.25),
    Case("DNS", FaultKind.NO_SUCH_HOST, "unavailable"),
    Case("wrong type", FaultKind.WRONG_TYPE, "bad-answer"),
    Case("entity bomb", FaultKind.ENTITY_BOMB, "bad-answer"),
    Case("500 MB", FaultKind.HUGE, "bad-answer"),
]
IN_PROCESSES = {
    ("429 for 60 s", "oai", "middle"),
    ("429 until a date", "feed", "first"),
    ("429 alone", "api", "first"),
    ("403 in HTML", "feed", "middle"),
    ("500", "oai", "first"),
    ("301 in circles", "api", "middle"),
    ("empty body", "feed", "last"),
    ("expired token", "oai", "last"),
    ("cut short", "api", "last"),
    ("HTML", "feed", "first"),
    ("dropped mid body", "oai", "middle"),
    ("never answers", "api", "last"),
    ("slow drip", "feed", "last"),
    ("entity bomb", "oai", "first"),
    ("500 MB", "api", "middle"),
}
"""Cells in which both polls are processes of the installed command; in all others they run in this one."""


@dataclass(frozen=True)
class State:
    """What has to be the same, whatever was met on the way."""

    stubs: dict[str, tuple[object, ...]]
    ledger: dict[tuple[str, str], tuple[object, ...]]
    drafted: int
    """Over all rows."""
    rows: int
    """Of the stubs, where each paper may have one."""


def state_of(desk: Desk) -> State:
    """A paper of two categories is drafted in the one that is read first and known in the other, so a row's
    ``drafted`` and ``known`` are taken together; each paper is drafted once, so all ``drafted`` are summed.
    """
    store = open_store(desk.database)
    try:
        stubs, ledger = store.stubs.all(), store.ledger.rows()
    finally:
        store.close()
    return State(
        {
            stub.arxiv_id: (
                title_line(stub, NoteStyle()).text,
                str(stub.status),
                stub.announced_on,
                str(stub.announce_type),
                stub.complete,
                stub.version,
                frozenset(stub.topics),
                stub.comment,
                stub.summary,
            )
            for stub in stubs
        },
        {
            (str(row.announced_on), row.category): (
                str(row.state),
                row.counts.announced,
                row.counts.unmatched,
                row.counts.matched,
                row.counts.drafted + row.counts.known,
                row.counts.tombstoned,
                row.counts.unwanted,
                row.counts.pending,
            )
            for row in ledger
        },
        sum(row.counts.drafted for row in ledger),
        len(stubs),
    )


@dataclass
class Ground:
    """Monday's state, and what becomes of it without any fault."""

    monday: Path
    undisturbed: dict[timedelta, State] = field(default_factory=dict)
    """By the time of the second poll."""


class RememberingArxiv(FaultyArxiv):
    """Writes each answer once for all tests, which ask for the same again and again; faults break them afterwards."""

    ANSWERS: ClassVar[dict[tuple[str, str, date], SampleAnswer]] = {}

    def plain_answer(self, request: SampleRequest) -> SampleAnswer:
        key = (request.target, request.query, self.day)
        if key not in self.ANSWERS:
            self.ANSWERS[key] = super().plain_answer(request)
        return self.ANSWERS[key]


@contextmanager
def on_wednesday(folder: Path, monday: Path | None) -> Iterator[tuple[FaultyArxiv, Desk]]:
    """A desk that was last polled on Monday; Tuesday went by unseen."""
    with RememberingArxiv(PAPERS) as arxiv:
        desk = Desk(folder, urls_of(arxiv), TOPICS, now=NOW.isoformat())
        arxiv.day, arxiv.oai_page_size = WEDNESDAY, 40
        if monday is not None:
            shutil.copytree(monday, desk.database.parent)
        yield arxiv, desk


def poll_again(arxiv: FaultyArxiv, desk: Desk, later: timedelta, *, in_process: bool = True) -> str:
    """The status of the next poll, without faults; a day later there is another batch in the feeds."""
    arxiv.day = WEDNESDAY if later < NEXT_DAY else THURSDAY
    arxiv.set_faults()
    poll = desk.run if in_process else desk.run_process
    done = poll("poll", "--json", now=(NOW + later).isoformat())
    assert done.code == 0, done
    return str(done.json["status"])


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    with on_wednesday(tmp_path_factory.mktemp("monday"), None) as (arxiv, desk):
        arxiv.day = MONDAY
        desk.ok("poll", now=f"{MONDAY}T12:30+00:00")
        made = Ground(desk.database.parent)
    with on_wednesday(tmp_path_factory.mktemp("wednesday"), made.monday) as (arxiv, desk):
        desk.ok("poll")
        asked = [request.path for request in arxiv.log]
        assert {name: sum(path.startswith(p) for path in asked) for name, p in PATHS.items()} == REQUESTS
        for later in (SOON, HOURS, NEXT_DAY):
            with desk_with((), tmp_path_factory.mktemp("later"), topics=TOPICS) as (_, copy):
                copy.urls = urls_of(arxiv)
                shutil.copytree(desk.database.parent, copy.database.parent)
                poll_again(arxiv, copy, later)
                made.undisturbed[later] = state_of(copy)
    assert len({state.rows for state in made.undisturbed.values()}) == 2
    return made


PATHS = {"feed": "/atom/", "api": "/api/", "oai": "/oai"}


def cell(case: Case, service: str, place: str) -> Any:
    """One test."""
    return pytest.param(case, service, place, id=f"{case.name}-{service}-{place}")


@pytest.mark.parametrize(
    ("case", "service", "place"),
    [cell(case, service, place) for case in CASES for service in case.services for place in PLACES],
)
def test_after_a_fault_and_its_wait_one_more_poll_mends_everything(
    case: Case, service: str, place: str, ground: Ground, tmp_path: Path, record_property: Any
) -> None:
    expected = ground.undisturbed[case.again]
    with on_wednesday(tmp_path, ground.monday) as (arxiv, desk):
        desk.sections = {"arxiv": {"timeout_s": case.timeout_s}}
        arxiv.set_faults(_dated(case.fault(service, place)))
        in_process = (case.name, service, place) not in IN_PROCESSES
        struck = (desk.run if in_process else desk.run_process)("poll", "--json")
        arxiv.release()
        kept = set(desk.statuses())
        desk.sections = {}
        mended = poll_again(arxiv, desk, case.again, in_process=in_process)
        found = state_of(desk)
    lost = len(set(expected.stubs) - set(found.stubs))
    doubled = max(found.drafted, found.rows) - len(found.stubs)
    MET[case.name, service, place] = (lost, doubled)
    record_property("fault", [case.name, service, place, lost, doubled])
    assert (lost, doubled) == (0, 0)
    assert mended == "ok"
    assert found.stubs == expected.stubs
    assert found.ledger == expected.ledger
    check_struck(struck, case, service, place)
    check_kept(kept, set(expected.stubs), case, service, place)


def _dated(fault: Fault) -> Fault:
    """The fault with a date of a minute from now where one was asked for."""
    if fault.retry_after != "date":
        return fault
    later = datetime.now(UTC) + timedelta(minutes=1)
    return Fault(fault.service, fault.kind, fault.nth, retry_after=format_datetime(later, usegmt=True))


def check_struck(struck: Done, case: Case, service: str, place: str) -> None:
    """The poll that was struck says what failed, and what did not."""
    errors = {source["source"]: source["error"] for source in struck.json["sources"] if source["error"]}
    if case.told is None:
        assert (struck.code, struck.json["status"], errors) == (0, "ok", {})
        return
    assert struck.code == 1
    assert struck.json["status"] in ("partial", "failed")
    number = PLACES[place]["feed"]
    hit = [CATEGORIES[number - 1]] if service == "feed" else [service]
    if case.stops_all and service == "feed":
        hit = list(CATEGORIES[number - 1 :])
    assert {name: error["kind"] for name, error in errors.items()} == dict.fromkeys(hit, case.told)
    assert all(error["message"] in struck.err for error in errors.values())


def check_kept(kept: set[str], expected: set[str], case: Case, service: str, place: str) -> None:
    """Whatever the others answered was kept at once; the API's silence costs no stub."""
    due = {name for name in expected if BY_ID[name].announced[0].day <= WEDNESDAY}
    if case.told is not None and service == "feed":
        number = PLACES[place]["feed"]
        hit = set(CATEGORIES[number - 1 :] if case.stops_all else CATEGORIES[number - 1 : number])
        due = {name for name in due if not hit & set(BY_ID[name].categories)}
    if service == "oai" or case.told == "refused":
        due = {name for name in due if service == "api" or BY_ID[name].announced[0].day != TUESDAY}
    assert due <= kept
    assert len(due) > 30 or (service == "feed" and case.stops_all)


@pytest.mark.parametrize("kind", [FaultKind.TOO_MANY_REQUESTS, FaultKind.TRUNCATED, FaultKind.DROPPED_BEFORE_HEADERS])
@pytest.mark.parametrize("service", SERVICES)
def test_a_fault_that_passes_soon_is_tried_again_within_the_poll(
    service: Any, kind: FaultKind, ground: Ground, tmp_path: Path
) -> None:
    with on_wednesday(tmp_path, ground.monday) as (arxiv, desk):
        desk.sections = {"arxiv": {"retry_s": 30.0}}
        arxiv.set_faults(Fault(service, kind, PLACES["middle"][service], times=2, retry_after="1"))
        assert desk.ok("poll", "--json").json["requests"] == sum(REQUESTS.values()) + 2
        desk.sections = {}
        poll_again(arxiv, desk, SOON)
        assert state_of(desk) == ground.undisturbed[SOON]


@pytest.mark.parametrize("down", [("feed",), ("api",), ("oai",), SERVICES], ids=" ".join)
def test_services_that_are_down_for_a_whole_poll_are_made_up_for(
    down: tuple[Any, ...], ground: Ground, tmp_path: Path
) -> None:
    with on_wednesday(tmp_path, ground.monday) as (arxiv, desk):
        arxiv.set_faults(*(Fault(service, FaultKind.SERVER_ERROR, times=None) for service in down))
        struck = desk.run("poll", "--json")
        assert (struck.code, struck.json["status"]) == (1, "failed" if down == SERVICES else "partial")
        poll_again(arxiv, desk, SOON)
        assert state_of(desk).stubs == ground.undisturbed[SOON].stubs
        assert state_of(desk).ledger == ground.undisturbed[SOON].ledger


@pytest.mark.parametrize("unknown", [("feed",), ("api", "oai")], ids=" ".join)
def test_a_service_whose_name_nobody_knows_is_unavailable(unknown: tuple[str, ...], tmp_path: Path) -> None:
    """At the polite pace and by the real clock: any address beyond this machine asks for both."""
    today = announcement_day(datetime.now(UTC))
    day = today if is_announcement_day(today) else previous_announcement_day(today)
    with desk_with([sample_paper("2605.00001", day)], tmp_path, now=None) as (_, desk):
        desk.topics = [{**TOPICS[0], "categories": ["cs.CL"]}]
        good = dict(desk.urls)
        desk.urls = {**good, **{f"{service}_url": "http://arxiv.invalid/" for service in unknown}}
        desk.sections = {"arxiv": {"pace_s": 3.0}}
        struck = desk.run("poll", "--json", "--since", str(day))
        errors = {source["source"]: source["error"]["kind"] for source in struck.json["sources"] if source["error"]}
        assert (struck.code, struck.json["status"]) == (1, "partial")
        assert errors == {"cs.CL" if service == "feed" else service: "unavailable" for service in unknown}
        desk.urls, desk.sections = good, {}
        desk.ok("poll", "--since", str(day))
        assert {name: stub["complete"] for name, stub in desk.stubs().items()} == {"2605.00001": True}


MET: dict[tuple[str, ...], tuple[int, ...]] = {}
"""What the cells of this process came to: lost, doubled."""


def test_the_matrix_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Run last; with several workers each has a part, and the report of the whole run has them all."""
    with capsys.disabled():
        print("\n" + "\n".join(matrix(MET)))
    assert set(MET.values()) <= {(0, 0)}


def matrix(met: Mapping[tuple[str, ...], tuple[int, ...]]) -> list[str]:
    """One line a fault: lost/doubled after the first, a middle and the last request of each service."""
    heads = "".join(f"{service:<15}" for service in SERVICES)
    lines = [f"{'lost/doubled after':<24}{heads}"]
    for name in dict.fromkeys(case.name for case in CASES):
        cells = [[met.get((name, service, place)) for place in PLACES] for service in SERVICES]
        if any(map(any, cells)):
            told = (" ".join(f"{cost[0]}/{cost[1]}" if cost else " - " for cost in row) for row in cells)
            lines.append(f"{name:<24}" + "".join(f"{text:<15}" for text in told))
    return lines
