"""The content of a digest, and that a crash between any two steps loses and duplicates nothing."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import date
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from fakes import DAY, FakeClock, FakeFiles, entry, paper, topic
from notebot.core.model.changes import TitleChanged
from notebot.core.model.digest_reading import Verdict
from notebot.core.model.errors import StateError
from notebot.core.model.filing_records import MatchRecord
from notebot.core.model.ledger import Counts, DayState, LedgerRow, Outcome
from notebot.core.model.note import Note
from notebot.core.model.offer import Update
from notebot.core.model.reasons import NewVersion
from notebot.core.model.stub import Stub, StubStatus, with_metadata
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.digests.adapters.jinja import JinjaRenderer
from notebot.features.digests.rules.read_back import read_digest
from notebot.features.digests.write_digest import DigestStyle, DigestWriter
from notebot.features.summaries.rules.extract import with_extract
from notebot.features.topics.rules.drafting import draft_from_entry
from notebot.features.topics.rules.matching import TopicIndex, prepare_entry
from notebot.store.store import DatabaseStore

TOPICS = ("Math", "Models")


class Bench:
    """A real store, files in memory, real templates."""

    def __init__(self, store: DatabaseStore) -> None:
        self.store, self.files, self.clock = store, FakeFiles(), FakeClock()
        self.numbers = count(10001)
        self.writer = self.make_writer(full=20)

    def make_writer(self, full: int, still_to_read: int = 0) -> DigestWriter:
        style = DigestStyle(
            timezone=ZoneInfo("Asia/Tokyo"),
            topics=TOPICS,
            categories=("cs.CL", "cs.LG"),
            full=full,
            still_to_read=still_to_read,
        )
        renderer = JinjaRenderer(NoteStyle(), "ja", TOPICS)
        return DigestWriter(
            store=self.store,
            files=self.files,
            renderer=renderer,
            style=style,
            clock=self.clock,
            lock=nullcontext,
        )

    def draft(self, arxiv_id: str, title: str = "Math for models", *, complete: bool = True) -> Stub:
        announced = entry(arxiv_id, title)
        matches = TopicIndex([topic(), topic("Models", "ti:models")]).match(prepare_entry(announced), ["cs.CL"]).matched
        stub = with_extract(draft_from_entry(announced, matches))
        if complete:
            stub = with_metadata(stub, paper(arxiv_id, title))
        with self.store.transaction():
            self.store.stubs.save(stub, self.clock())
        return stub

    def add_ledger_row(self, state: DayState = DayState.FRESH, day: date = DAY, category: str = "cs.CL") -> None:
        counts = Counts(fetched=5, unmatched=4, drafted=1) if state is DayState.FRESH else Counts()
        with self.store.transaction():
            self.store.ledger.add(LedgerRow(day, category, state, counts, "Because."))
            if state is DayState.FRESH:
                entries = [entry(f"2605.{next(self.numbers)}") for _ in range(5)]
                self.store.announcements.file(category, entries, day, "feed")
                drafted = MatchRecord(entries[0].arxiv_id, "Math", category, day, Outcome.DRAFTED)
                self.store.announcements.record_matches([drafted])

    def statuses(self) -> list[str]:
        return [str(stub.status) for stub in self.store.stubs.all()]


@pytest.fixture
def bench(store: DatabaseStore) -> Iterator[Bench]:
    yield Bench(store)


def test_a_digest_links_every_paper_once_and_settles_its_stubs(bench: Bench) -> None:
    for number in range(1, 6):
        bench.draft(f"2605.0000{number}")
    report = bench.make_writer(full=2).write()
    text = bench.files.texts["2026-05-12.md"]
    assert report.path == "/digests/2026-05-12.md"
    assert [text.count(f"https://arxiv.org/abs/{name}") for name in report.entries] == [1] * 5
    assert text.count("### [Paper Note] ") == 2
    assert text.index("## 見出しのみ") > text.index("### [Paper Note]")
    assert set(bench.statuses()) == {"digested"}
    assert bench.writer.write().path is None


def test_a_second_digest_of_the_day_takes_the_next_name(bench: Bench) -> None:
    bench.draft("2605.00001")
    bench.writer.write()
    bench.draft("2605.00002")
    assert bench.writer.write().path == "/digests/2026-05-12-2.md"


def test_a_preview_changes_nothing(bench: Bench) -> None:
    bench.draft("2605.00001")
    report = bench.writer.preview()
    assert report.path is None
    assert "https://arxiv.org/abs/2605.00001" in report.text
    assert bench.files.texts == {}
    assert bench.statuses() == ["queued"]


def test_a_stub_without_metadata_is_held_back_once_and_then_shown(bench: Bench) -> None:
    bench.draft("2605.00001", complete=False)
    assert bench.writer.write().path is None
    assert bench.writer.write().entries == ["2605.00001"]
    assert "書誌未取得" in bench.files.texts["2026-05-12.md"]


def test_a_warning_alone_causes_a_digest_once(bench: Bench) -> None:
    bench.add_ledger_row(DayState.STALE)
    bench.writer.write()
    text = bench.files.texts["2026-05-12.md"]
    assert "**05-12 cs.CL: 古いまま** — フィードは読めましたが、以前の公告のままです。" in text
    assert bench.writer.write().path is None


def test_a_quiet_day_writes_nothing_and_is_reported_in_the_next_digest(bench: Bench) -> None:
    bench.add_ledger_row(DayState.QUIET)
    assert bench.writer.write().path is None
    bench.draft("2605.00001")
    bench.writer.write()
    assert "| 05-12 | cs.CL | 公告なし | 0 |" in bench.files.texts["2026-05-12.md"]


def test_the_coverage_names_a_category_that_has_not_arrived(bench: Bench) -> None:
    bench.add_ledger_row()
    bench.draft("2605.00001")
    bench.writer.write()
    text = bench.files.texts["2026-05-12.md"]
    assert "**まだ届いていない分類: cs.LG**" in text
    assert "公告 5 件 = 一致せず 4 + 一致 1。" in text


def test_what_changed_after_a_digest_is_a_correction_and_not_counted_again(bench: Bench) -> None:
    bench.add_ledger_row()
    bench.draft("2605.00001")
    bench.writer.write()
    bench.clock.pass_by(hours=1)
    bench.add_ledger_row()
    bench.add_ledger_row(category="cs.LG")
    bench.draft("2605.00002")
    bench.writer.write()
    text = bench.files.texts["2026-05-12-2.md"]
    assert "公告 5 件 = 一致せず 4 + 一致 1。" in text
    assert "\n訂正 05-12: 公告 +5、一致せず +4、下書き +1。\n" in text
    assert "\n- 訂正 05-12 cs.CL: 公告 +5、一致せず +4、下書き +1。\n" in text
    assert text.count("| 05-12 | cs.CL |") == 0
    assert text.count("| 05-12 | cs.LG |") == 1


def test_a_category_that_was_not_known_and_comes_later_is_a_correction(bench: Bench) -> None:
    bench.add_ledger_row()
    bench.add_ledger_row(DayState.FAILED, category="cs.LG")
    bench.writer.write()
    assert "**05-12 は cs.CL の分だけです** — 不明: cs.LG。" in bench.files.texts["2026-05-12.md"]
    bench.add_ledger_row(category="cs.LG")
    bench.draft("2605.00002")
    bench.writer.write()
    text = bench.files.texts["2026-05-12-2.md"]
    assert "\n新しい公告日はありません。2 分類とも届いています。\n" in text
    assert "\n訂正 05-12: cs.LG 不明 → 届いた、公告 +5、一致せず +4、下書き +1。\n" in text


def test_what_is_filed_between_plan_and_file_is_a_correction_of_the_next_digest(bench: Bench) -> None:
    bench.add_ledger_row()
    bench.draft("2605.00001")
    bench.files.error = StateError("killed here")
    with pytest.raises(StateError):
        bench.writer.write()
    bench.files.error = None
    bench.add_ledger_row()
    bench.draft("2605.00002")
    bench.writer.write()
    assert "公告 5 件 =" in bench.files.texts["2026-05-12.md"]
    text = bench.files.texts["2026-05-12-2.md"]
    assert "## Coverage\n新しい公告日はありません。\n\n**05-12 は cs.CL の分だけです** — 不明: cs.LG。\n" in text
    assert "\n訂正 05-12: 公告 +5、一致せず +4、下書き +1。\n" in text


def test_a_day_that_is_not_out_yet_is_reported_only_when_it_has_come(bench: Bench) -> None:
    bench.add_ledger_row(DayState.WAITING)
    bench.add_ledger_row(DayState.WAITING, category="cs.LG")
    bench.draft("2605.00001")
    bench.writer.write()
    text = bench.files.texts["2026-05-12.md"]
    assert "\nこの日の公告はまだ出ていません。\n" in text
    assert "| 05-12 |" not in text
    bench.add_ledger_row()
    bench.draft("2605.00002")
    bench.writer.write()
    text = bench.files.texts["2026-05-12-2.md"]
    assert "公告 5 件 = 一致せず 4 + 一致 1。" in text
    assert "訂正" not in text


def test_an_outage_of_oai_alone_is_said(bench: Bench) -> None:
    bench.add_ledger_row()
    bench.add_ledger_row(category="cs.LG")
    with bench.store.transaction():
        bench.store.sources.succeeded("oai", bench.clock())
        bench.store.sources.failed("oai", bench.clock(), "unavailable", "It is down.")
    bench.draft("2605.00001")
    bench.writer.write()
    text = bench.files.texts["2026-05-12.md"]
    assert "公告 10 件" in text
    assert "\n**OAI-PMH が応答していません (最後の応答 05-12)** — " in text


def test_a_total_outage_is_never_called_nothing(bench: Bench) -> None:
    for category in ("cs.CL", "cs.LG"):
        bench.add_ledger_row(DayState.FAILED, category=category)
    bench.writer.write()
    text = bench.files.texts["2026-05-12.md"]
    assert "## Coverage\n不明: 読めた分類がありません。\n" in text
    assert "新しい公告はありません" not in text
    assert "\n**05-12 cs.CL, cs.LG: 不明** — 読めませんでした。\n" in text
    # a second digest of the day, while it still fails
    bench.draft("2605.00002")
    bench.writer.write()
    assert "## Coverage\n不明: 読めた分類がありません。\n" in bench.files.texts["2026-05-12-2.md"]


def test_the_oldest_notes_to_read_later_come_before_the_coverage_and_are_read_back_as_nothing(bench: Bench) -> None:
    stub = bench.draft("2605.00001")
    with bench.store.transaction():
        for number, day in ((7, date(2026, 5, 2)), (5, date(2025, 3, 1)), (6, date(2026, 1, 1)), (8, date(2026, 5, 3))):
            title = f"[Paper Note] A {number}, X+, arXiv'26"
            tags = ("NLP", "read-later") if number != 8 else ("NLP",)
            # the paper of this digest may be among them
            note = Note(title, number, day, tags, arxiv_id=stub.arxiv_id if number == 5 else None)
            bench.store.notes.save(None, note, {"github": note})
    bench.writer = bench.make_writer(full=20, still_to_read=2)
    bench.writer.write()
    text = bench.files.texts["2026-05-12.md"]
    assert (
        "\n## まだ読んでいないもの\n"
        "- #5 A 5, X+, arXiv'26 — 14 か月前\n"
        "- #6 A 6, X+, arXiv'26 — 4 か月前\n\n## Coverage\n"
    ) in text
    assert text.count("https://arxiv.org/abs/2605.00001") == 1
    (entry_read,) = read_digest(text, text.replace("- [ ] 残す", "- [x] 残す")).entries
    assert (entry_read.verdict, entry_read.comment) == (Verdict.KEPT, None)
    bench.draft("2605.00002")
    assert "2605.00002" in bench.make_writer(full=20, still_to_read=0).preview().text
    assert "まだ読んでいない" not in bench.make_writer(full=20, still_to_read=0).preview().text


def test_the_name_of_a_digest_that_was_moved_away_is_not_reused(bench: Bench) -> None:
    bench.draft("2605.00001")
    bench.writer.write()
    bench.files.texts.clear()
    bench.draft("2605.00002")
    assert bench.writer.write().path == "/digests/2026-05-12-2.md"


def test_a_past_day_that_never_arrived_is_reported_as_missing(bench: Bench) -> None:
    bench.add_ledger_row(DayState.WAITING, date(2026, 5, 11))
    bench.add_ledger_row(DayState.FRESH)
    bench.add_ledger_row(DayState.FRESH, category="cs.LG")
    bench.draft("2605.00001")
    bench.writer.write()
    text = bench.files.texts["2026-05-12.md"]
    assert "**05-11 cs.CL: まだ出ていない**" in text
    assert "分類とも届いています" not in text


def test_an_update_is_shown_once(bench: Bench) -> None:
    stub = bench.draft("2605.00001")
    bench.writer.write()
    with bench.store.transaction():
        bench.store.digests.add_update(
            Update(0, stub.key, TitleChanged("New `title`"), NewVersion(2), stub.title), bench.clock()
        )
    report = bench.writer.write()
    assert report.updates == [{"key": stub.key, "field": "title", "value": "New `title`", "why": "v2"}]
    text = bench.files.texts["2026-05-12-2.md"]
    assert "## Updates" in text
    assert "https://arxiv.org/abs/2605.00001" not in text
    assert bench.writer.write().path is None


def test_a_digest_that_could_not_be_written_is_written_by_the_next_run(bench: Bench) -> None:
    bench.draft("2605.00001")
    bench.files.error = StateError("The disk is full.")
    with pytest.raises(StateError):
        bench.writer.write()
    assert bench.statuses() == ["queued"]
    bench.files.error = None
    assert bench.writer.write().path == "/digests/2026-05-12.md"
    assert bench.statuses() == ["digested"]


def test_a_planned_file_that_exists_counts_as_written(bench: Bench) -> None:
    bench.draft("2605.00001")
    bench.files.error = StateError("killed here")
    with pytest.raises(StateError):
        bench.writer.write()
    bench.files.error = None
    bench.files.texts["2026-05-12.md"] = "the file as it was linked before the kill"
    report = bench.writer.write()
    assert report.entries == ["2605.00001"]
    assert list(bench.files.texts) == ["2026-05-12.md"]
    assert bench.statuses() == ["digested"]


def test_a_file_that_appears_under_the_chosen_name_is_not_overwritten(bench: Bench) -> None:
    class Racing(FakeFiles):
        def free_name(self, stem: str, taken: Callable[[str], bool]) -> str:
            name = super().free_name(stem, taken)
            self.texts.setdefault("2026-05-12.md", "somebody else's")
            return name

    bench.files = Racing()
    bench.draft("2605.00001")
    report = bench.make_writer(full=20).write()
    assert report.path == "/digests/2026-05-12-2.md"
    assert bench.files.texts["2026-05-12.md"] == "somebody else's"


def test_a_stub_that_is_kept_between_plan_and_file_stays_kept(bench: Bench) -> None:
    stub = bench.draft("2605.00001")
    bench.files.error = StateError("killed here")
    with pytest.raises(StateError):
        bench.writer.write()
    with bench.store.transaction():
        bench.store.stubs.save(replace(stub, status=StubStatus.KEPT), bench.clock())
    bench.files.error = None
    bench.writer.write()
    assert bench.statuses() == ["kept"]


HOSTILE = (
    "{{ 7*7 }} {% raw %} <script>alert(1)</script> @name #12 Fixes #3 --- `code <!-- x --> "
    "# Summary (by x) \u202eabc [x](javascript:1)"
)


def test_hostile_text_is_escaped_in_every_form(bench: Bench) -> None:
    stub = bench.draft("2605.00001", HOSTILE)
    stub = replace(stub, abstract=HOSTILE, comment=HOSTILE, authors=(HOSTILE, "B"))
    with bench.store.transaction():
        bench.store.stubs.save(with_extract(stub), bench.clock())
    renderer = JinjaRenderer(NoteStyle(), "ja", TOPICS)
    bench.writer.write()
    forms = [renderer.stub(form, stub) for form in ("issue", "entry", "text")]
    for page in (*forms, bench.files.texts["2026-05-12.md"]):
        for acting in ("{{", "{%", "<script", "@name", "#12", "#3", "<!-- x", "\u202e", "](javascript"):
            assert acting not in page, acting
        assert not any(line.startswith("# Summary (by x)") for line in page.splitlines())
