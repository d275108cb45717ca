"""A poll with fakes at the ports and a real SQLite store."""

from datetime import date

from fakes import DAY, FakeApi, FakeClock, FakeFeed, FakeRecords, batch, topic
from notebot.core.model.ledger import DayState
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.features.announcements.poll import PollPorts, poll
from notebot.features.announcements.poll_report import PollReport
from notebot.features.summaries.rules.extract import with_extract
from notebot.features.topics.rules.topic import Topic
from notebot.store.store import DatabaseStore


class PollSetup:
    """A store, fakes, and a poll that can be run again and again."""

    def __init__(self, store: DatabaseStore) -> None:
        self.store = store
        self.clock = FakeClock()
        self.feed = FakeFeed({"cs.CL": batch(), "cs.LG": batch(category="cs.LG")})
        self.api = FakeApi()
        self.records = FakeRecords()
        self.topics: list[Topic] = [topic()]

    def poll(self, since: date | None = None) -> PollReport:
        ports = PollPorts(
            store=self.store,
            feed=self.feed,
            api=self.api,
            records=self.records,
            clock=self.clock,
            enrich=with_extract,
            requests=lambda: len(self.feed.asked) + len(self.api.asked) + len(self.records.asked),
        )
        return poll(ports, self.topics, style=NoteStyle(), since=since)

    def row(self, category: str = "cs.CL", day: date = DAY) -> tuple[DayState, dict[str, int]]:
        row = self.store.ledger.row(category, day)
        assert row is not None
        counts = row.counts
        assert counts.announced == counts.unmatched + counts.matched
        return row.state, {
            name: getattr(counts, name)
            for name in ("fetched", "recovered", "unmatched", "pending", "drafted", "known", "tombstoned", "unwanted")
            if getattr(counts, name)
        }

    def titles(self) -> list[str]:
        return [title_line(stub, NoteStyle()).text for stub in self.store.stubs.all()]
