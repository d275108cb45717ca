"""One small class per port, kept as carefully as code: they answer what a test put in, and count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from notebot.core.model.decision import SeenFile
from notebot.core.model.entry import AnnounceType, Batch, Entry, FeedAnswer
from notebot.core.model.errors import ServiceError
from notebot.core.model.oai_record import OaiRecord
from notebot.core.model.paper import Paper
from notebot.core.model.source_record import Validators
from notebot.core.model.stub import AttributedText, Curator, Stub, StubStatus, Venue
from notebot.features.topics.rules.query import parse_query
from notebot.features.topics.rules.topic import Topic

DAY = date(2026, 5, 12)
NIGHT = datetime(2026, 5, 12, 5, tzinfo=UTC)
"""01:00 in New York, 14:00 in Tokyo: the feed of the day is out."""


@dataclass
class FakeClock:
    """A clock that stands until it is moved."""

    now: datetime = NIGHT

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class FakeFeed:
    """Answers with the batch, ``None`` (304) or error that stands under a category."""

    answers: dict[str, Batch | ServiceError | None] = field(default_factory=dict)
    asked: list[tuple[str, Validators]] = field(default_factory=list)

    def retrieve(self, category: str, validators: Validators) -> FeedAnswer:
        self.asked.append((category, validators))
        answer = self.answers[category]
        if isinstance(answer, ServiceError):
            raise answer
        return FeedAnswer(answer, Validators(etag=f'"{len(self.asked)}"'))


@dataclass
class FakeApi:
    """Knows some papers, or fails."""

    known: dict[str, Paper] = field(default_factory=dict)
    error: ServiceError | None = None
    asked: list[list[str]] = field(default_factory=list)

    def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        self.asked.append(list(ids))
        if self.error is not None:
            raise self.error
        return {name: self.known[name] for name in ids if name in self.known}


@dataclass
class FakeRecords:
    """Holds records by category, or fails."""

    known: dict[str, list[OaiRecord]] = field(default_factory=dict)
    error: ServiceError | None = None
    asked: list[tuple[str, date]] = field(default_factory=list)

    def changed_since(self, category: str, since: date) -> list[OaiRecord]:
        self.asked.append((category, since))
        if self.error is not None:
            raise self.error
        return [one for one in self.known.get(category, []) if one.datestamp >= since]


@dataclass
class FakeFiles:
    """A folder in memory."""

    texts: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None

    def free_name(self, stem: str, taken: Callable[[str], bool]) -> str:
        names = [f"{stem}.md", *(f"{stem}-{number}.md" for number in range(2, 99))]
        return next(name for name in names if name not in self.texts and not taken(name))

    def exists(self, name: str) -> bool:
        return name in self.texts

    def write(self, name: str, text: str) -> None:
        if self.error is not None:
            raise self.error
        if name in self.texts:
            raise FileExistsError(name)
        self.texts[name] = text

    def path(self, name: str) -> str:
        return f"/digests/{name}"


class NoFiles:
    """A folder without digest files."""

    def seen(self, name: str) -> SeenFile:
        return SeenFile("", 0)


def topic(name: str = "Math", query: str = "ti:math*", **changes: object) -> Topic:
    """A topic over cs.CL and cs.LG."""
    values: dict[str, object] = {
        "name": name,
        "categories": ("cs.CL", "cs.LG"),
        "query": parse_query(query) if query else None,
        "announce": frozenset({"new", "cross"}),
        "tags": (name,),
    }
    return Topic(**{**values, **changes})  # type: ignore[arg-type]


def entry(arxiv_id: str = "2605.00001", title: str = "Math for models", **changes: object) -> Entry:
    """An announced paper."""
    values: dict[str, object] = {
        "arxiv_id": arxiv_id,
        "version": 1,
        "announce_type": AnnounceType.NEW,
        "announced_on": DAY,
        "title": title,
        "abstract": "We prove a thing. It holds. It is useful.",
        "authors": ("Ada Lovelace", "Emmy Noether"),
        "categories": ("cs.CL",),
    }
    return Entry(**{**values, **changes})  # type: ignore[arg-type]


def batch(*entries: Entry, category: str = "cs.CL", day: date | None = DAY) -> Batch:
    """A feed's answer; without entries it bears no date."""
    return Batch(category, day if entries else None, tuple(entries))


def paper(arxiv_id: str = "2605.00001", title: str = "Math for models", **changes: object) -> Paper:
    """A paper's metadata."""
    at = datetime(2026, 5, 11, 12, tzinfo=UTC)
    values: dict[str, object] = {
        "arxiv_id": arxiv_id,
        "version": 1,
        "title": title,
        "authors": ("Ada Lovelace", "Emmy Noether"),
        "abstract": "We prove a thing. It holds. It is useful.",
        "categories": ("cs.CL",),
        "published": at,
        "updated": at,
        "comment": "12 pages",
    }
    return Paper(**{**values, **changes})  # type: ignore[arg-type]


def record(
    arxiv_id: str = "2605.00001", day: date = DAY, title: str = "Math for models", **changes: object
) -> OaiRecord:
    """What OAI says of a paper, submitted the day before it was announced."""
    values: dict[str, object] = {
        "arxiv_id": arxiv_id,
        "datestamp": day,
        "title": title,
        "authors": ("Ada Lovelace", "Emmy Noether"),
        "abstract": "We prove a thing. It holds. It is useful.",
        "categories": ("cs.CL",),
        "created": day - timedelta(days=1),
    }
    return OaiRecord(**{**values, **changes})  # type: ignore[arg-type]


KEPT_STUB = Stub(
    key="arxiv:2605.09063",
    arxiv_id="2605.09063",
    version=1,
    url="https://arxiv.org/abs/2605.09063",
    title="Counting by Hand",
    authors=("Ada Example", "Ben Sample"),
    abstract="We count. It works.",
    categories=("cs.CL",),
    published=datetime(2026, 5, 11, tzinfo=UTC),
    venue=Venue("arXiv'26", "arXiv", 2026),
    complete=True,
    tags=("NLP", "Mathematics"),
    summary=AttributedText("手で数える。", "model-b"),
    posts=("https://x.com/ada/status/1",),
    status=StubStatus.KEPT,
    curator=Curator(comment="- 良い。\n\n  二行目  @me\n", related=(7,)),
)
"""A kept paper with a post, a related note and the curator's words."""
