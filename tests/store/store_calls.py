"""One call of every method of the store, and records to call it with."""

from collections.abc import Callable
from datetime import date, timedelta

from msgspec.structs import replace

from fakes import DAY, NIGHT, entry
from notebot.core.model.backfill_scope import BackfillScope, DateWindow
from notebot.core.model.breaker import BreakerState
from notebot.core.model.changes import TitleChanged
from notebot.core.model.decision import Decision
from notebot.core.model.digest_reading import DigestReading
from notebot.core.model.discussed import DiscussedPaper
from notebot.core.model.filing_records import MatchRecord
from notebot.core.model.inbox_failure import InboxFailure
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.note import Note, NoteQuery, UnparsedPassage
from notebot.core.model.offer import DigestPlan, OlderPaper, Update
from notebot.core.model.read_file import FileVersion, LastReading
from notebot.core.model.reasons import NewVersion
from notebot.core.model.run_record import RunRecord
from notebot.core.model.source_record import Validators
from notebot.core.model.stub import AttributedText, Stub, StubStatus
from notebot.core.model.worker_record import WorkerRecord
from notebot.features.delivery.rules.alert import Cause
from notebot.features.delivery.rules.delivery import Delivery
from notebot.features.delivery.rules.events import AlertKind, DigestWritten
from notebot.features.publishing.rules.folder_note import FolderNote
from notebot.features.publishing.rules.issue_draft import OutboxEntry
from notebot.features.statistics.rules.tables import count_notes
from notebot.features.suggestions.rules.interest import InterestRecord
from notebot.features.suggestions.suggest import learn
from notebot.features.summaries.summarise import Usage
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.features.zotero.rules.item import ItemDraft
from notebot.features.zotero.rules.sent_item import SentItem, SentState
from notebot.store.store import DatabaseStore

DAY_BEFORE, NEXT_DAY = DAY - timedelta(days=1), DAY + timedelta(days=1)
LATER = NIGHT + timedelta(hours=1)
KEY = "arxiv:2605.00001"
UPDATE = Update(0, KEY, TitleChanged("Other"), NewVersion(2), "Math for models")
PLAN = DigestPlan("2026-05-12.md", NIGHT, DAY, "the text", (KEY,), (1,), ((DAY, "cs.CL", 1),))
OLDER = OlderPaper("2401.00007", DAY, "cs.CL", "An older paper", ("Math", "RL"))
NOTE = Note("[Paper Note] Math for models", tags=("Math",))
READ = LastReading("ab" * 32, FileVersion(1, 2), 3, reading=DigestReading(()))
DECISION = Decision(key=KEY, move="keep", by="cli", at=NIGHT, batch=1)
SCOPE = BackfillScope("Math", "ti:math*", ("cs.CL", "cs.LG"), DateWindow(date(2026, 1, 1), DAY))
INBOX_FAILURE = InboxFailure("links.txt", "nothing", "not-found", "It names nothing.", 1, NIGHT, NIGHT, LATER)
DISCUSSED = DiscussedPaper(KEY, "Math for models", "Ann Author", "https://arxiv.org/abs/2605.00001", NIGHT, "Read it!")
WORKER = WorkerRecord("host-1-a", NIGHT, NIGHT, "digest of ada")
OPEN = BreakerState(3, 1, LATER, LATER + timedelta(hours=5), "throttled", "Slow down.")


def stub(number: int = 1, status: str = "queued", **changes: object) -> Stub:
    draft = draft_from_entry(entry(f"2605.{number:05d}"), ())
    return replace(draft, **{"status": StubStatus(status), **changes})


def row(state: str = "fresh", day: date = DAY, category: str = "cs.CL", **counts: int) -> LedgerRow:
    return LedgerRow(day, category, DayState(state), Counts(**counts), f"It is {state}.")


def keys(stubs: list[Stub]) -> list[str]:
    return [one.arxiv_id[-1] for one in stubs]


# what goes wrong below is a StateError, whichever method meets it

SENT_ITEM = SentItem(
    "users/1", "arxiv:2605.00001", "ABCDEFGH", SentState.DONE, ItemDraft("", (), "", "", "", "", "", ("x",))
)
DELIVERY = Delivery("me", DigestWritten("2026-05-12.md"), NIGHT, NIGHT)
CAUSE = Cause(AlertKind.SOURCE, "cs.CL", NIGHT, NIGHT)
CALLS: dict[str, Callable[[DatabaseStore], object]] = {
    "sources.get": lambda s: s.sources.get("cs.CL"),
    "sources.all": lambda s: s.sources.all(),
    "sources.succeeded": lambda s: s.sources.succeeded("cs.CL", NIGHT, Validators('"1"')),
    "sources.failed": lambda s: s.sources.failed("cs.CL", NIGHT, "timeout", "It is silent."),
    "sources.brought": lambda s: s.sources.brought("cs.CL", NIGHT),
    "sources.began": lambda s: s.sources.began("cs.CL", DAY),
    "sources.reconciled": lambda s: s.sources.reconciled("cs.CL", DAY),
    "announcements.seen": lambda s: s.announcements.seen("cs.CL", ["2605.00001"], DAY),
    "announcements.filed": lambda s: s.announcements.filed("cs.CL", ["2605.00001"]),
    "announcements.highest_id": lambda s: s.announcements.highest_id(["cs.CL"], DAY),
    "announcements.counts_of": lambda s: s.announcements.counts_of("cs.CL", DAY, ["2605.00001"]),
    "announcements.move_day": lambda s: s.announcements.move_day("cs.CL", ["2605.00001"], DAY, DAY_BEFORE),
    "announcements.announced": lambda s: s.announcements.announced("cs.CL", DAY),
    "notes.oldest_tagged": lambda s: s.notes.oldest_tagged("Math", 3),
    "announcements.papers_of": lambda s: list(s.announcements.papers_of([DAY])),
    "announcements.sightings": lambda s: s.announcements.sightings("2605.00001"),
    "announcements.sightings_of": lambda s: s.announcements.sightings_of(["2605.00001"]),
    "announcements.texts_of": lambda s: s.announcements.texts_of(["2605.00001"]),
    "announcements.text_of": lambda s: s.announcements.text_of("2605.00001"),
    "announcements.pending": lambda s: s.announcements.pending("cs.CL", DAY),
    "announcements.decided": lambda s: s.announcements.decided(["2605.00001"], "cs.CL", DAY),
    "announcements.matches_of": lambda s: s.announcements.matches_of("2605.00001"),
    "announcements.matches_on": lambda s: s.announcements.matches_on([DAY], category="cs.CL", topics_with="Ma"),
    "announcements.note_older": lambda s: s.announcements.note_older([OLDER]),
    "announcements.unreported_older": lambda s: s.announcements.unreported_older(),
    "announcements.file": lambda s: s.announcements.file("cs.CL", [entry()], DAY, "feed"),
    "announcements.record_matches": lambda s: s.announcements.record_matches(
        [MatchRecord("2605.00001", "Math", "cs.CL", DAY, None)]
    ),
    "announcements.stored_since": lambda s: list(s.announcements.stored_since(DAY)),
    "announcements.prune_texts": lambda s: s.announcements.prune_texts(NEXT_DAY),
    "ledger.state": lambda s: s.ledger.state("cs.CL", DAY),
    "ledger.states_of": lambda s: s.ledger.states_of(DAY),
    "ledger.row": lambda s: s.ledger.row("cs.CL", DAY),
    "ledger.rows": lambda s: s.ledger.rows(),
    "ledger.reopen": lambda s: s.ledger.reopen("cs.CL", DAY, "It waits."),
    "ledger.amend": lambda s: s.ledger.amend("cs.CL", DAY, Counts(known=1)),
    "ledger.add": lambda s: s.ledger.add(row()),
    "ledger.median": lambda s: s.ledger.median("cs.CL", 1),
    "ledger.unreported": lambda s: s.ledger.unreported(),
    "stubs.get": lambda s: s.stubs.get(KEY),
    "stubs.by_ids": lambda s: s.stubs.by_ids(["2605.00001"]),
    "stubs.all": lambda s: s.stubs.all(),
    "stubs.counts": lambda s: s.stubs.counts(),
    "stubs.changed_since": lambda s: s.stubs.changed_since((StubStatus.QUEUED,), NIGHT),
    "stubs.save": lambda s: s.stubs.save(stub(), NIGHT),
    "stubs.save_all": lambda s: s.stubs.save_all([stub()], NIGHT),
    "stubs.ask_metadata": lambda s: s.stubs.ask_metadata(KEY, 2),
    "stubs.metadata_came": lambda s: s.stubs.metadata_came([(KEY, 2)]),
    "stubs.wanting_metadata": lambda s: s.stubs.wanting_metadata(),
    "stubs.queued": lambda s: s.stubs.queued(),
    "stubs.hold_back": lambda s: s.stubs.hold_back([KEY]),
    "stubs.since": lambda s: s.stubs.since(StubStatus.QUEUED),
    "digests.add_update": lambda s: s.digests.add_update(UPDATE, NIGHT),
    "digests.open_updates": lambda s: s.digests.open_updates(),
    "digests.undecided_offers": lambda s: s.digests.undecided_offers(),
    "digests.update": lambda s: s.digests.update(1),
    "digests.shown_in": lambda s: s.digests.shown_in(1),
    "digests.plan": lambda s: s.digests.plan(PLAN),
    "digests.is_known": lambda s: s.digests.is_known(PLAN.name),
    "digests.open_plan": lambda s: s.digests.open_plan(),
    "digests.rename_plan": lambda s: s.digests.rename_plan(PLAN.name, PLAN),
    "digests.written": lambda s: s.digests.written(PLAN, NIGHT),
    "digests.holding": lambda s: s.digests.holding(KEY),
    "digests.latest": lambda s: s.digests.latest(),
    "runs.add": lambda s: s.runs.add(RunRecord("poll", NIGHT, NIGHT, "ok")),
    "runs.last": lambda s: s.runs.last("poll"),
    "runs.first": lambda s: s.runs.first("poll"),
    "runs.recent": lambda s: s.runs.recent(10),
    "runs.digested": lambda s: s.runs.digested(DAY),
    "breakers.get": lambda s: s.breakers.get("https://service.example"),
    "breakers.put": lambda s: s.breakers.put("https://service.example", OPEN),
    "breakers.all": lambda s: s.breakers.all(),
    "backfills.done_on": lambda s: s.backfills.done_on(SCOPE),
    "backfills.move": lambda s: s.backfills.move(SCOPE, DAY),
    "digests.names": lambda s: s.digests.names(),
    "digests.keys": lambda s: s.digests.keys(PLAN.name),
    "digests.text": lambda s: s.digests.text(PLAN.name),
    "digests.accept": lambda s: s.digests.accept(KEY, "title"),
    "digests.set_accepted": lambda s: s.digests.set_accepted(1, True),
    "digests.last_reading": lambda s: s.digests.last_reading(PLAN.name),
    "digests.remember_reading": lambda s: s.digests.remember_reading(PLAN.name, READ),
    "digests.looked_at": lambda s: s.digests.looked_at(),
    "digests.leave": lambda s: s.digests.leave(PLAN.name, FileVersion(1, 2)),
    "digests.containing": lambda s: s.digests.containing(KEY),
    "decisions.new_batch": lambda s: s.decisions.new_batch(),
    "decisions.add": lambda s: s.decisions.add(DECISION),
    "decisions.of": lambda s: s.decisions.of(KEY),
    "decisions.last_batch": lambda s: s.decisions.last_batch(),
    "decisions.undo": lambda s: s.decisions.undo([1], NIGHT),
    "decisions.revision": lambda s: s.decisions.revision(KEY),
    "decisions.revisions": lambda s: s.decisions.revisions([KEY]),
    "decisions.newest_id": lambda s: s.decisions.newest_id(),
    "decisions.state": lambda s: s.decisions.state(),
    "decisions.collected_since_digest": lambda s: s.decisions.collected_since_digest(),
    "decisions.sent": lambda s: s.decisions.sent([KEY]),
    "drafts.of": lambda s: s.drafts.of(KEY),
    "drafts.save": lambda s: s.drafts.save(KEY, {"comment": "x"}, NIGHT),
    "drafts.discard": lambda s: s.drafts.discard(KEY),
    "notes.build_index": lambda s: s.notes.build_index(),
    "notes.known": lambda s: list(s.notes.known()),
    "notes.all": lambda s: s.notes.all(),
    "notes.newest_first": lambda s: list(s.notes.newest_first()),
    "notes.with_ids": lambda s: list(s.notes.with_ids()),
    "notes.of_paper": lambda s: s.notes.of_paper("2605.00001"),
    "notes.count": lambda s: s.notes.count(),
    "notes.sources_of": lambda s: s.notes.sources_of(1),
    "notes.save": lambda s: s.notes.save(None, NOTE, {"page": NOTE}),
    "notes.drop": lambda s: s.notes.drop(1),
    "notes.numbers_of": lambda s: s.notes.numbers_of(["2605.00001"]),
    "notes.find": lambda s: list(s.notes.find(NoteQuery("math", "Math"))),
    "notes.with_number": lambda s: s.notes.with_number(7),
    "notes.replace_unread": lambda s: s.notes.replace_unread(
        "page", "NLP.xml", [UnparsedPassage("line 1", "?", "No.")]
    ),
    "notes.cursor": lambda s: s.notes.cursor("github", "owner/name"),
    "notes.move_cursor": lambda s: s.notes.move_cursor("github", "owner/name", "1"),
    "learned.load": lambda s: s.learned.load(),
    "learned.save": lambda s: s.learned.save(learn("1", ())),
    "interest.load": lambda s: s.interest.load(),
    "interest.save": lambda s: s.interest.save(InterestRecord()),
    "statistics.note_facts": lambda s: list(s.statistics.note_facts()),
    "statistics.topic_counts": lambda s: s.statistics.topic_counts("Math", ["cs.CL"]),
    "statistics.days_to_note": lambda s: s.statistics.days_to_note(),
    "statistics.load": lambda s: s.statistics.load(),
    "statistics.save": lambda s: s.statistics.save(count_notes((), "read-later")),
    "digests.shown": lambda s: s.digests.shown(),
    "announcements.latest": lambda s: list(s.announcements.latest(10)),
    "notes.revision": lambda s: s.notes.revision(),
    "written.get": lambda s: s.written.get("ab"),
    "written.keep": lambda s: s.written.keep("ab", AttributedText("A text.", "a-model")),
    "written.failures": lambda s: s.written.failures("ab"),
    "written.failed": lambda s: s.written.failed("ab", DAY),
    "written.count": lambda s: s.written.count(DAY, Usage(calls=1)),
    "written.usage": lambda s: s.written.usage(DAY),
    "pages.fingerprints": lambda s: s.pages.fingerprints(),
    "pages.store": lambda s: s.pages.store({"NLP.md": "ab"}),
    "pages.forget": lambda s: s.pages.forget(["NLP.md"]),
    "inbox.failures": lambda s: s.inbox.failures(),
    "inbox.failed": lambda s: s.inbox.failed(INBOX_FAILURE),
    "inbox.forget": lambda s: s.inbox.forget([("links.txt", "nothing")]),
    "watched.read_on": lambda s: s.watched.read_on("Bookmarks", DAY),
    "watched.count_read": lambda s: s.watched.count_read("Bookmarks", DAY, ["1"]),
    "watched.seen": lambda s: s.watched.seen("Blog", ["1"]),
    "watched.saw": lambda s: s.watched.saw("Blog", ["1"], NIGHT),
    "notes.bare": lambda s: s.notes.bare(["2605.00001"]),
    "asked_papers.all": lambda s: s.asked_papers.all(),
    "asked_papers.unknown": lambda s: s.asked_papers.unknown(),
    "asked_papers.put": lambda s: s.asked_papers.put(["2605.00001"], DAY),
    "unfilled.all": lambda s: s.unfilled.all(),
    "unfilled.replace": lambda s: s.unfilled.replace({7: "it has no link"}),
    "outbox.get": lambda s: s.outbox.get("arxiv:1"),
    "outbox.put": lambda s: s.outbox.put(OutboxEntry("arxiv:1", "curator/notes"), NIGHT),
    "outbox.begun": lambda s: s.outbox.begun(),
    "outbox.done": lambda s: s.outbox.done(),
    "outbox.accepted": lambda s: s.outbox.accepted(),
    "outbox.offer_again": lambda s: s.outbox.offer_again(1),
    "folder_notes.all": lambda s: s.folder_notes.all("/notes"),
    "folder_notes.put": lambda s: s.folder_notes.put("/notes", FolderNote(1, "0001-a.md", ("tags: []",))),
    "notes.drop_source": lambda s: s.notes.drop_source(1, "github"),
    "zotero.of_library": lambda s: s.zotero.of_library("users/1"),
    "zotero.put": lambda s: s.zotero.put(SENT_ITEM, NIGHT),
    "deliveries.add": lambda s: s.deliveries.add(DELIVERY),
    "deliveries.put": lambda s: s.deliveries.put(DELIVERY),
    "deliveries.waiting": lambda s: s.deliveries.waiting(),
    "deliveries.given_up_since": lambda s: s.deliveries.given_up_since(NIGHT),
    "deliveries.times_sent": lambda s: s.deliveries.times_sent("2026-05-12.md"),
    "alerts.all": lambda s: s.alerts.all(),
    "alerts.put": lambda s: s.alerts.put(CAUSE),
    "alerts.forget": lambda s: s.alerts.forget("source:cs.CL"),
    "digests.written_plan": lambda s: s.digests.written_plan(PLAN.name),
    "digests.newest": lambda s: s.digests.newest(3),
    "fan_outs.received": lambda s: s.fan_outs.received(),
    "fan_outs.record": lambda s: s.fan_outs.record("ada", NIGHT),
    "discussed.put": lambda s: s.discussed.put(DISCUSSED),
    "discussed.newest": lambda s: s.discussed.newest(0, 10),
    "discussed.of": lambda s: s.discussed.of(KEY),
    "discussed.own_count": lambda s: s.discussed.own_count(),
    "discussed.remove": lambda s: s.discussed.remove("arxiv:2605.00099"),
    "lab_folder.get": lambda s: s.lab_folder.get(),
    "lab_folder.claim": lambda s: s.lab_folder.claim("ab12", "host:/srv/lab"),
    "workers.put": lambda s: s.workers.put(WORKER),
    "workers.end": lambda s: s.workers.end(WORKER.name),
    "workers.all": lambda s: s.workers.all(),
    "workers.prune": lambda s: s.workers.prune(NIGHT),
}
READING = frozenset(
    {
        *("sources.get", "sources.all", "announcements.seen", "announcements.stored_since"),
        "announcements.counts_of",
        *("announcements.filed", "announcements.highest_id", "announcements.announced", "announcements.sightings"),
        *("announcements.papers_of", "announcements.sightings_of", "announcements.texts_of"),
        "notes.oldest_tagged",
        *("announcements.text_of", "announcements.pending", "announcements.matches_of", "announcements.matches_on"),
        *("announcements.unreported_older", "ledger.row", "ledger.rows"),
        *("ledger.state", "ledger.states_of", "ledger.median", "ledger.unreported"),
        *("stubs.get", "stubs.by_ids", "stubs.all", "stubs.counts"),
        *("stubs.changed_since", "decisions.revisions", "drafts.of"),
        *("stubs.wanting_metadata", "stubs.queued", "stubs.since"),
        *("digests.open_updates", "digests.is_known", "digests.open_plan", "digests.holding", "digests.latest"),
        *("digests.undecided_offers", "digests.update", "digests.shown_in"),
        *("runs.last", "runs.recent", "runs.digested", "breakers.get", "breakers.all", "backfills.done_on"),
        *("digests.names", "digests.keys", "digests.text", "digests.last_reading", "digests.containing"),
        *("digests.looked_at", "workers.all", "fan_outs.received", "lab_folder.get"),
        *("discussed.newest", "discussed.of", "discussed.own_count"),
        *("decisions.new_batch", "decisions.of", "decisions.last_batch", "decisions.revision", "decisions.newest_id"),
        *("statistics.note_facts", "statistics.topic_counts", "statistics.days_to_note", "statistics.load"),
        *("decisions.collected_since_digest", "decisions.sent", "decisions.state", "digests.shown", "interest.load"),
        *("notes.known", "notes.all", "notes.newest_first", "notes.with_ids", "notes.count", "notes.sources_of"),
        *("notes.numbers_of", "notes.find", "notes.with_number", "notes.cursor", "pages.fingerprints"),
        "zotero.of_library",
        *("deliveries.waiting", "deliveries.given_up_since", "deliveries.times_sent", "alerts.all"),
        *("digests.written_plan", "digests.newest", "runs.first"),
        *("outbox.get", "outbox.begun", "outbox.done", "outbox.accepted", "folder_notes.all"),
        *("watched.read_on", "announcements.latest"),
        *("learned.load", "notes.revision", "notes.of_paper", "inbox.failures", "watched.seen"),
        *("notes.bare", "asked_papers.all", "asked_papers.unknown", "unfilled.all"),
        *("written.get", "written.failures", "written.usage"),
        *("deliveries.waiting", "deliveries.given_up_since", "deliveries.times_sent", "alerts.all"),
        *("digests.written_plan", "digests.newest", "runs.first"),
        *("outbox.get", "outbox.begun", "outbox.done", "outbox.accepted"),
    }
)
