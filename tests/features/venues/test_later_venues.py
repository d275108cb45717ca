"""Venues found after the note was written are offered, never applied, and offered again only with new evidence."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from fakes import DAY, FakeApi, FakeClock, FakeFeed, FakeFiles, FakeRecords, batch, paper, record, topic
from notebot.core.model.changes import LeftoverLabels
from notebot.core.model.errors import UnavailableError, UsageError
from notebot.core.model.note import Note
from notebot.core.model.oai_record import OaiRecord
from notebot.core.model.offer import Update
from notebot.core.model.stub import Curator, Stub, StubStatus, stub_key
from notebot.core.note_format.phrases import EN, JA, Phrases
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.note_format.update_wording import word_reason
from notebot.features.announcements.metadata import KNOWN_ID, Completion
from notebot.features.announcements.poll import PollPorts, poll
from notebot.features.announcements.poll_report import PollReport
from notebot.features.digests.adapters.jinja import JinjaRenderer
from notebot.features.digests.write_digest import DigestStyle, DigestWriter
from notebot.features.venues.accepted_list import ListReport, offer_accepted_list, read_listed_venue
from notebot.features.venues.adapters.venue_table_file import load_venues
from notebot.features.venues.later_venues import ASKED_AT_ONCE, AclDois, LaterVenues, VenueResolver
from notebot.features.venues.rules.accepted_papers import AcceptedPaper
from notebot.features.venues.rules.enrich import with_venue
from notebot.store.store import DatabaseStore

TABLE = load_venues()
NOTED = "2505.00001"
LINE = "[Paper Note] Math for models, Ada Lovelace+, arXiv'25, 2025.05"
MAY_2025 = datetime(2025, 5, 12, tzinfo=UTC)


class Desk:
    """A store, a poll and a digest, and the use case between them."""

    def __init__(self, store: DatabaseStore) -> None:
        self.store = store
        self.clock = FakeClock()
        self.api = FakeApi()
        self.records = FakeRecords()
        self.files = FakeFiles()
        self.resolvers: list[VenueResolver] = []

    def note(self, number: int | None = 1, line: str = LINE, arxiv_id: str | None = NOTED, on: date = DAY) -> None:
        note = Note(line, number, on, (), arxiv_id=arxiv_id)
        with self.store.transaction():
            self.store.notes.save(None, note, {"notes": note})

    def stub(self, status: StubStatus = StubStatus.KEPT, **changes: object) -> Stub:
        drafted = Stub(
            stub_key(NOTED), NOTED, 1, "https://arxiv.org/abs/" + NOTED, "Math for models",
            ("Ada Lovelace", "Emmy Noether"), "We prove it.", ("cs.CL",), MAY_2025, complete=True, status=status,
            announced_on=date(2025, 5, 13),
        )  # fmt: skip
        stub = with_venue(replace(drafted, **changes), TABLE)
        with self.store.transaction():
            self.store.stubs.save(stub, self.clock())
        return stub

    @property
    def later_venues(self) -> LaterVenues:
        return later_venues(self)

    @staticmethod
    def enrich(stub: Stub) -> Stub:
        return with_venue(stub, TABLE)

    def poll(self) -> PollReport:
        feed = FakeFeed({"cs.CL": batch(), "cs.LG": batch(category="cs.LG")})
        ports = PollPorts(
            store=self.store,
            feed=feed,
            api=self.api,
            records=self.records,
            clock=self.clock,
            enrich=self.enrich,
            requests=lambda: len(self.api.asked),
            later_venues=self.later_venues,
        )
        return poll(ports, [topic()], style=NoteStyle())

    def take(self, *records: OaiRecord) -> None:
        with self.store.transaction():
            self.later_venues.offer_from_records(records, self.clock())

    def offers(self, words: Phrases = EN) -> list[tuple[str, str, str, str]]:
        return [
            (update.key, update.field, update.value, word_reason(update.why, words))
            for update in self.store.digests.open_updates()
        ]

    def digest(self, language: str = "en") -> list[str]:
        style = DigestStyle(timezone=ZoneInfo("Asia/Tokyo"), topics=(), categories=(), full=20)
        before = set(self.files.texts)
        writer = DigestWriter(
            store=self.store,
            files=self.files,
            renderer=JinjaRenderer(NoteStyle(), language, ()),
            style=style,
            clock=self.clock,
            lock=nullcontext,
        )
        writer.write()
        texts = [text for name, text in self.files.texts.items() if name not in before]
        return [line for text in texts for line in text.splitlines() if "<!-- nb up " in line]

    def list(self, *accepted: AcceptedPaper, venue: str = "ICLR'26") -> ListReport:
        return offer_accepted_list(
            accepted,
            read_listed_venue(venue),
            "iclr2026.bib",
            store=self.store,
            now=self.clock(),
            table=TABLE,
            phrases=EN,
            style=NoteStyle(),
        )


def later_venues(desk: Desk) -> LaterVenues:
    return LaterVenues(
        store=desk.store,
        asked=desk.store.asked_papers,
        table=TABLE,
        enrich=desk.enrich,
        style=NoteStyle(),
        resolvers=desk.resolvers,
    )


@pytest.fixture
def desk(store: DatabaseStore) -> Desk:
    return Desk(store)


def stated(comment: str | None = None, reference: str | None = None, arxiv_id: str = NOTED) -> OaiRecord:
    created = date(2025, 5, 12)
    return record(arxiv_id, comment=comment, journal_ref=reference, created=created)


# from OAI records


def test_a_venue_in_an_oai_record_is_offered_in_the_next_digest(desk: Desk) -> None:
    desk.note()
    desk.poll()
    desk.clock.pass_by(days=1)
    desk.records.known["cs.CL"] = [stated(reference="Proceedings of ACL 2026, pages 1-12")]
    assert desk.poll().requests == 0
    (line,) = desk.digest()
    assert line == (
        "- [ ] #1 Math for models: `arXiv'25` → `ACL'26`, label `ACL` — "
        "journal “Proceedings of ACL 2026, pages 1-12” <!-- nb up 1 venue -->"
    )
    assert desk.store.notes.all()[0].title_line == LINE


def test_the_same_evidence_is_offered_once_and_new_evidence_again(desk: Desk) -> None:
    desk.note()
    desk.take(stated("Accepted to ACL 2026"))
    assert len(desk.digest()) == 1
    desk.take(stated("Accepted to ACL 2026"))
    assert desk.offers() == []
    desk.take(stated("Accepted to ACL 2026", "Proceedings of ACL 2026"))
    assert [why for *_, why in desk.offers()] == ["journal “Proceedings of ACL 2026”"]


def test_an_open_offer_is_not_repeated_for_other_evidence(desk: Desk) -> None:
    desk.note()
    desk.take(stated("Accepted to ICLR 2026"))
    desk.list(AcceptedPaper("Math for Models", ("Ada Lovelace",)))
    assert len(desk.offers()) == 1


@pytest.mark.parametrize("line", [
    "[Paper Note] Math for models, Ada Lovelace+, ACL'26, 2025.05",
    "[Paper Note] Math for models, Ada Lovelace+, 2025.05",
    "Math for models",
])  # fmt: skip
def test_a_title_line_with_another_venue_or_none_gets_no_offer(desk: Desk, line: str) -> None:
    desk.note(line=line)
    desk.take(stated("Accepted to EMNLP 2026"))
    desk.list(AcceptedPaper("Math for models", ("Ada Lovelace",)))
    assert desk.offers() == []


@pytest.mark.parametrize("comment", [
    None, "12 pages", "Submitted to ACL 2026", "Under review at ICLR 2026", "Accepted to ACL",
    "Rejected from ICML 2026",
])  # fmt: skip
def test_a_comment_without_venue_and_year_leads_to_no_offer(desk: Desk, comment: str | None) -> None:
    desk.note()
    desk.take(stated(comment))
    assert desk.offers() == []


def test_a_note_without_number_gets_no_offer(desk: Desk) -> None:
    desk.note(None)
    desk.take(stated("Accepted to ACL 2026"))
    assert desk.offers() == []


def test_a_kept_stub_outside_the_archive_gets_its_venue(desk: Desk) -> None:
    desk.stub()
    desk.take(stated("Accepted to ACL 2026 (Findings)"))
    stub = desk.store.stubs.get(stub_key(NOTED))
    assert stub is not None
    assert title_line(stub, NoteStyle()).rest.endswith(", ACL'26 Findings, 2025.05")
    assert [(key, field, value) for key, field, value, _ in desk.offers()] == [(stub.key, "venue", "ACL'26")]
    desk.take(stated("Accepted to ACL 2026 (Findings)"))
    assert len(desk.offers()) == 1


def test_the_curators_title_line_stays_and_a_new_one_is_offered(desk: Desk) -> None:
    own = "[Paper Note] My own words, arXiv'25"
    desk.stub(curator=Curator(fields={"title_line": own}))
    desk.take(stated("Accepted to ACL 2026"))
    stub = desk.store.stubs.get(stub_key(NOTED))
    assert stub is not None
    assert title_line(stub, NoteStyle()).text == own
    assert [field for _, field, *_ in desk.offers()] == ["title_line"]


def test_a_stub_in_the_archive_gets_offers_through_its_note_only(desk: Desk) -> None:
    desk.note()
    stub = desk.stub(note_number=1)
    desk.take(stated("Accepted to ACL 2026"))
    desk.api.known[NOTED] = paper(NOTED, version=2, published=MAY_2025, comment="Accepted to ACL 2026")
    with desk.store.transaction():
        desk.store.stubs.ask_metadata(stub.key, 2)
    completion = Completion(
        store=desk.store,
        api=desk.api,
        clock=desk.clock,
        enrich=desk.enrich,
        style=NoteStyle(),
        later_venues=desk.later_venues,
    )
    completion.complete_stubs()
    assert [(key, field) for key, field, *_ in desk.offers()] == [("note:1", "venue")]


def test_a_skipped_stub_is_not_changed(desk: Desk) -> None:
    stub = desk.stub(StubStatus.SKIPPED)
    desk.take(stated("Accepted to ACL 2026"))
    assert desk.store.stubs.get(stub.key) == stub


# requested again


def test_preprints_are_requested_again_with_one_request(desk: Desk) -> None:
    desk.note(on=DAY - timedelta(days=29))
    desk.poll()
    assert desk.api.asked == []
    desk.clock.pass_by(days=1)
    desk.api.known[NOTED] = paper(NOTED, published=MAY_2025, comment="Accepted to ICML 2026 (Spotlight)")
    desk.poll()
    assert desk.api.asked == [[NOTED, KNOWN_ID]]
    assert [value for _, _, value, _ in desk.offers()] == ["arXiv'25 → ICML'26 Spotlight"]
    for days in (59, 1, 274, 1, 1000):
        desk.clock.pass_by(days=days)
        desk.poll()
    assert len(desk.api.asked) == 3
    assert len(desk.offers()) == 1


def test_one_request_has_at_most_100_papers_the_newest_first(desk: Desk) -> None:
    for number in range(1, ASKED_AT_ONCE + 11):
        desk.note(number, arxiv_id=f"2501.{number:05}", on=DAY - timedelta(days=400 - number))
    desk.api.known = {f"2501.{number:05}": paper(f"2501.{number:05}") for number in range(1, 200)}
    for asked in (ASKED_AT_ONCE, 10, 0):
        desk.api.asked.clear()
        desk.poll()
        assert [len(ids) for ids in desk.api.asked] == ([asked + 1] if asked else [])
        if asked == ASKED_AT_ONCE:
            assert desk.api.asked[0][0] == f"2501.{ASKED_AT_ONCE + 10:05}"


def test_ids_that_arxiv_does_not_know_are_reported_once_and_asked_for_again_after_30_days(desk: Desk) -> None:
    for number in range(1, 21):
        desk.note(number, arxiv_id=f"2501.{number:05}", on=DAY - timedelta(days=400))
    desk.api.known = {KNOWN_ID: paper(KNOWN_ID), "2501.00007": paper("2501.00007")}
    report = desk.poll()
    assert report.status == "ok"
    (remark,) = report.remarks
    assert remark.startswith("arXiv does not know 2501.00001, 2501.00002,")
    assert "2501.00007" not in remark
    desk.clock.pass_by(days=29)
    assert (desk.poll().remarks, len(desk.api.asked)) == ([], 1)
    desk.clock.pass_by(days=1)
    assert (desk.poll().remarks, len(desk.api.asked)) == ([], 2)
    assert len(desk.api.asked[1]) == 20  # 19 unknown ones, and the one that arXiv surely knows


def test_an_answer_that_knows_nothing_at_all_is_an_outage(desk: Desk) -> None:
    for number in range(1, 21):
        desk.note(number, arxiv_id=f"2501.{number:05}", on=DAY - timedelta(days=400))
    assert desk.poll().status == "partial"
    desk.api.known = {KNOWN_ID: paper(KNOWN_ID)}
    report = desk.poll()
    assert (report.status, len(report.remarks)) == ("ok", 1)


def test_a_failed_request_is_reported_and_repeated_at_the_next_poll(desk: Desk) -> None:
    desk.note(on=DAY - timedelta(days=40))
    desk.api.error = UnavailableError("arXiv's API is down.")
    report = desk.poll()
    assert (report.sources[-1].state, report.status) == ("failed", "partial")
    desk.api.error = None
    desk.api.known[NOTED] = paper(NOTED, published=MAY_2025, comment="Accepted to ACL 2026")
    desk.poll()
    assert len(desk.offers()) == 1


def test_a_kept_stub_is_requested_again_too(desk: Desk) -> None:
    desk.stub()
    desk.api.known[NOTED] = paper(NOTED, published=MAY_2025, comment="Accepted to ACL 2026")
    desk.poll()
    assert [(key, value) for key, _, value, _ in desk.offers()] == [(stub_key(NOTED), "ACL'26")]


def test_a_note_without_date_uses_the_month_of_its_arxiv_id(desk: Desk) -> None:
    for number, (arxiv_id, day) in enumerate([("2505.00001", None), ("hep-th/9711200", None), ("odd", None)], 1):
        note = Note(LINE, number, day, (), arxiv_id=arxiv_id)
        with desk.store.transaction():
            desk.store.notes.save(None, note, {"notes": note})
    assert desk.later_venues.due(DAY) == ["2505.00001", "hep-th/9711200"]
    assert desk.later_venues.due(date(2025, 5, 20)) == ["hep-th/9711200"]


@pytest.mark.parametrize(("comment", "resolvers", "value"), [
    (None, [AclDois()], "arXiv'25 → EMNLP'25 Findings"), (None, [], None),
    ("Accepted to ACL 2026", [AclDois()], "arXiv'25 → ACL'26"),
])  # fmt: skip
def test_a_resolver_is_asked_if_the_paper_names_no_venue(
    desk: Desk, comment: str | None, resolvers: list[VenueResolver], value: str | None
) -> None:
    desk.note(on=DAY - timedelta(days=40))
    desk.resolvers = resolvers
    doi = "10.18653/v1/2025.findings-emnlp.7"
    desk.api.known[NOTED] = paper(NOTED, published=MAY_2025, comment=comment, doi=doi)
    desk.poll()
    assert [value for _, _, value, _ in desk.offers()] == ([value] if value else [])
    if value and comment is None:
        assert desk.offers()[0][3] == f"DOI “{doi}”"


# from a list


def test_a_list_offers_venue_and_track_to_notes(desk: Desk) -> None:
    desk.note()
    report = desk.list(AcceptedPaper("Math for Models", ("Lovelace, Ada", "Emmy Noether"), "Oral"))
    assert (report.read, report.sought, report.venue) == (1, 1, "ICLR'26")
    assert [(offer.key, offer.value, offer.renamed) for offer in report.offers] == [
        ("note:1", "arXiv'25 → ICLR'26 Oral", False)
    ]
    (line,) = desk.digest("ja")
    assert line.startswith("- [ ] #1 Math for models: `arXiv'25` → `ICLR'26 Oral`, ラベル `ICLR` — 採択リスト")
    desk.list(AcceptedPaper("Math for Models", ("Ada Lovelace",), "Oral"))
    assert desk.offers() == []


def test_a_new_title_of_the_paper_is_in_the_evidence(desk: Desk) -> None:
    desk.note(line="[Paper Note] Towards Math for Very Small Models, Ada Lovelace+, arXiv'25")
    (offer,) = desk.list(AcceptedPaper("A Method for Math: Very Small Models", ("Ada Lovelace",))).offers
    assert offer.renamed
    assert offer.why.endswith("there titled “A Method for Math: Very Small Models”)")


def test_a_stub_with_a_newer_title_matches_for_its_note(desk: Desk) -> None:
    desk.note()
    desk.stub(note_number=1, title="A wholly new name")
    (offer,) = desk.list(AcceptedPaper("A Wholly New Name", ("Ada Lovelace",))).offers
    assert (offer.key, offer.renamed) == ("note:1", False)


def test_a_kept_stub_is_offered_a_title_line(desk: Desk) -> None:
    stub = desk.stub()
    for _ in range(2):
        (offer,) = desk.list(AcceptedPaper("Math for Models", ("Ada Lovelace",))).offers
    assert offer.value == "[Paper Note] Math for models, Ada Lovelace+, ICLR'26, 2025.05"
    after = desk.store.stubs.get(stub.key)
    assert after is not None
    assert [each.value for each in after.offers] == [offer.value]
    assert title_line(after, NoteStyle()).text == title_line(stub, NoteStyle()).text
    assert [field for _, field, *_ in desk.offers()] == ["title_line"]


@pytest.mark.parametrize(("listed_venue", "value"), [
    ("Findings of the Association for Computational Linguistics: ACL 2026", "arXiv'25 → ACL'26 Findings"),
    ("Proceedings of the 64th Annual Meeting of the Association for Computational Linguistics", "arXiv'25 → ACL'26"),
    ("Findings of the Association for Computational Linguistics: EMNLP 2026", None),
    ("Proceedings of ACL 2025", None),
    ("CoRR", "arXiv'25 → ACL'26"),
    ("", "arXiv'25 → ACL'26"),
])  # fmt: skip
def test_entries_of_another_venue_are_left_out(desk: Desk, listed_venue: str, value: str | None) -> None:
    desk.note()
    report = desk.list(AcceptedPaper("Math for Models", ("Ada Lovelace",), venue=listed_venue), venue="ACL 2026")
    assert [offer.value for offer in report.offers] == ([value] if value else [])
    assert report.other_venue == (value is None)


@pytest.mark.parametrize("venue", ["ICLR", "arXiv'25", "", "2026"])
def test_a_list_needs_a_venue_with_its_year(venue: str) -> None:
    with pytest.raises(UsageError, match="--as takes a venue with its year"):
        read_listed_venue(venue)


def test_venue_offers_come_before_audit_offers_and_one_per_note(desk: Desk) -> None:
    desk.note()
    with desk.store.transaction():
        for number in range(2, 40):
            desk.store.digests.add_update(Update(0, f"note:{number}", LeftoverLabels(("x",)), "why", "T"), desk.clock())
    desk.take(stated("Accepted to ACL 2026"))
    desk.list(AcceptedPaper("Math for Models", ("Ada Lovelace",)))
    assert [line.count("ACL'26") for line in desk.digest()[:2]] == [1, 0]
    assert "ICLR'26" in desk.digest()[0]


def test_japanese_evidence_is_quoted_as_japanese(desk: Desk) -> None:
    desk.note()
    use_case = later_venues(desk)
    with desk.store.transaction():
        use_case.offer_from_records([stated("Accepted to ACL 2026")], desk.clock())
    assert desk.offers(JA)[0][3] == "備考「Accepted to ACL 2026」"
