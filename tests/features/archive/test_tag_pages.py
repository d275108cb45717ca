"""Tag pages written, left alone and removed."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from notebot.core.model.errors import StateError, UsageError
from notebot.core.model.note import Note
from notebot.core.note_format.tag_order import TagOrder, learn_order
from notebot.features.archive.adapters.formats import read_page, read_seed_text
from notebot.features.archive.rules.tag_page import PageRules
from notebot.features.archive.tag_pages import PagesReport, read_bare_notes, write_tag_pages
from notebot.features.archive.tag_pages import page_text as render_page_text
from paths import REAL_DATA

SEED = REAL_DATA / "seed/mathematics.txt"
RULES = PageRules(TagOrder(("NLP", "RLVR")), frozenset({"action_wanted"}), "owner/notes")


def note(number: int, *tags: str, summary: str = "要約。") -> Note:
    return Note(f"T{number}, Ann Author+, ACL'26", number, date(2026, 5, number), tags, summary=summary, body=summary)


NOTES = [note(1, "NLP"), note(2, "NLP", "RLVR"), note(3, "RLVR", "action_wanted")]


def page_text(label: str, form: str, notes: Sequence[Note], rules: PageRules) -> str:
    def read_notes() -> Iterable[tuple[int, Note]]:
        return enumerate(notes)

    return render_page_text(label, form, read_bare_notes(read_notes), read_notes=read_notes, rules=rules)


class SpoolInMemory:
    """The port of rendered entries."""

    def __init__(self) -> None:
        self.entries = b""

    def append(self, entry: bytes) -> int:
        self.entries += entry
        return len(self.entries) - len(entry)

    def read(self, offset: int, size: int) -> bytes:
        return self.entries[offset : offset + size]

    def close(self) -> None:
        self.entries = b""


class FolderInMemory:
    """The port of page files; full after a number of writes."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.room = 10_000
        self.broken = ""

    def exists(self, name: str) -> bool:
        return name in self.texts

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        if not self.room:
            raise StateError("full")
        if name == self.broken:
            raise ValueError(name)
        self.room -= 1
        self.texts[name] = b"".join(chunks).decode()

    def open_spool(self) -> SpoolInMemory:
        return SpoolInMemory()

    def remove(self, name: str) -> None:
        self.texts.pop(name, None)


class KnownPages:
    """The port of fingerprints."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def fingerprints(self) -> dict[str, str]:
        return dict(self.known)

    def store(self, changed: Mapping[str, str]) -> None:
        self.known.update(changed)

    def forget(self, names: Sequence[str]) -> None:
        for name in names:
            del self.known[name]


class Site:
    """A folder of pages and what is known of it."""

    def __init__(self) -> None:
        self.files = FolderInMemory()
        self.known = KnownPages()

    def run(self, notes: Sequence[Note], rules: PageRules = RULES) -> PagesReport:
        return self.run_reading(lambda: enumerate(notes), rules)

    def run_reading(
        self, read_notes: Callable[[], Iterable[tuple[int, Note]]], rules: PageRules = RULES
    ) -> PagesReport:
        return write_tag_pages(
            read_bare_notes(read_notes),
            read_notes=read_notes,
            rules=rules,
            files=self.files,
            fingerprints=self.known,
        )


@pytest.fixture
def site() -> Site:
    """One on which all pages of ``NOTES`` stand."""
    site = Site()
    assert site.run(NOTES) == PagesReport(written=6)
    return site


def test_every_tag_but_hidden_ones_gets_a_page_in_each_form(site: Site) -> None:
    stems = ("text/{}.txt", "_articles/{}.markdown", "agent_docs/{}.xml")
    assert set(site.files.texts) == {stem.format(tag) for stem in stems for tag in ("NLP", "RLVR")}
    assert site.files.texts["text/RLVR.txt"] == page_text("RLVR", "text", NOTES, RULES)


def test_a_second_run_writes_nothing(site: Site) -> None:
    assert site.run(NOTES[::-1]) == PagesReport(unchanged=6)


def test_only_pages_that_changed_are_written(site: Site) -> None:
    changed = [note(1, "NLP", summary="別の要約。"), *NOTES[1:]]
    assert site.run(changed) == PagesReport(written=3, unchanged=3)
    assert "別の要約。" in site.files.texts["text/NLP.txt"]


def test_a_page_that_is_missing_is_written_again(site: Site) -> None:
    del site.files.texts["agent_docs/NLP.xml"]
    assert site.run(NOTES) == PagesReport(written=1, unchanged=5)


def test_only_pages_that_notebot_wrote_are_removed(site: Site) -> None:
    site.files.texts["text/Own.txt"] = "the curator's"
    assert site.run(NOTES[:1]) == PagesReport(written=3, removed=3)
    assert [name for name in site.files.texts if name.startswith("text/")] == ["text/NLP.txt", "text/Own.txt"]
    assert site.run(NOTES[:1]) == PagesReport(unchanged=3)


def test_a_tag_that_becomes_hidden_loses_its_page(site: Site) -> None:
    report = site.run(NOTES, replace(RULES, hidden=frozenset({"action_wanted", "RLVR"})))
    # As XML the other page is the same: nothing is hidden there.
    assert report == PagesReport(written=2, unchanged=1, removed=3)


def test_a_run_cut_short_is_taken_up_by_the_next() -> None:
    site = Site()
    site.files.room = 3
    report = site.run(NOTES)
    assert (report.written, report.failures) == (3, ["full"] * 3)
    assert set(site.known.known) == set(site.files.texts)
    assert {"text/NLP.txt", "text/RLVR.txt"} < set(site.known.known)
    site.files.room = 10
    assert site.run(NOTES) == PagesReport(written=3, unchanged=3)


def test_a_folder_in_which_no_page_can_be_written_is_an_error() -> None:
    site = Site()
    site.files.room = 0
    with pytest.raises(StateError, match="full"):
        site.run(NOTES)


@pytest.mark.makes_mistakes
def test_one_page_that_fails_costs_no_other_page() -> None:
    site = Site()
    site.files.broken = "text/NLP.txt"
    report = site.run(NOTES)
    assert report.written == 5
    assert "The page text/NLP.txt failed unexpectedly (ValueError)" in report.failures[0]
    site.files.broken = ""
    assert site.run(NOTES) == PagesReport(written=1, unchanged=5)


@pytest.mark.makes_mistakes
def test_one_note_that_fails_costs_its_place_on_the_pages_and_no_other_note() -> None:
    site = Site()
    damaged = replace(note(9, "NLP", "RLVR"), comments=(5,))
    report = site.run([*NOTES, damaged])
    assert report.written == 6
    assert any("T9" in sentence and "failed unexpectedly" in sentence for sentence in report.failures)
    assert "T1" in site.files.texts["text/NLP.txt"]
    # the pages that lack it are tried again
    assert site.run([*NOTES, note(9, "NLP", "RLVR")]).written == 6
    assert "T9" in site.files.texts["text/NLP.txt"]


def test_notes_that_change_while_pages_are_written_are_right_after_the_next_run() -> None:
    # The first read sees all notes; afterwards note 2 is deleted, note 1 has another summary, and note 4 is new.
    later = {0: note(1, "NLP", summary="別の要約。"), 2: NOTES[2], 3: note(4, "NLP")}
    reads = iter([dict(enumerate(NOTES)), dict(enumerate(NOTES))])
    site = Site()
    site.run_reading(lambda: next(reads, later).items())
    assert "T2" not in site.files.texts["text/NLP.txt"]
    site.run_reading(later.items)
    expected = Site()
    expected.run_reading(later.items)
    assert site.files.texts == expected.files.texts


@pytest.mark.parametrize(
    ("label", "form", "message"),
    [
        ("nlp", "text", "No open note of the archive has the tag nlp; did you mean NLP?"),
        ("quantum", "text", "No open note of the archive has the tag quantum."),
        ("action_wanted", "text", "hidden_tags"),
        ("NLP", "pdf", "text, markdown, xml"),
    ],
)
def test_a_page_that_is_not_there_is_refused(label: str, form: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        page_text(label, form, NOTES, RULES)


def test_a_markdown_page_is_read_back_as_it_was(tmp_path: Path) -> None:
    told = replace(
        note(4, "RLVR", "NLP"), summary="1 < 2 & {{x}}", comments=("元ポスト:\nhttps://x.com/a/status/1", "- #3\n> q")
    )
    page = tmp_path / "NLP.markdown"
    page.write_text(page_text("NLP", "markdown", [told], RULES), encoding="utf-8")
    reading = read_page(page)
    assert reading.unread == []
    (read,) = reading.notes
    assert (read.title_line, read.number, read.issue_date, read.tags, read.summary, read.comments) == (
        (told.title_line, 4, told.issue_date, told.tags, told.summary, told.comments)
    )


@pytest.fixture(scope="module")
def seed_notes() -> list[Note]:
    if not SEED.exists():
        pytest.skip("the seed page is not here")
    return read_seed_text(SEED).notes


def seed_page(notes: list[Note]) -> str:
    order = TagOrder(learn_order([known.tags for known in reversed(notes)]))
    return page_text("Mathematics", "text", notes[::-1], PageRules(order))


def test_the_seed_comes_out_in_its_own_order(seed_notes: list[Note]) -> None:
    shown = re.findall(r"^Issue Date: (\S+)\n(.+)$", seed_page(seed_notes), re.MULTILINE)
    assert shown == [(str(known.issue_date), known.title_line) for known in seed_notes]
    assert len(shown) == 14


def test_what_the_seed_shows_as_blocks_comes_out_line_for_line(seed_notes: list[Note]) -> None:
    page = seed_page(seed_notes)
    block = re.compile(
        r"^(?:#.+\n)+Issue Date: \S+\n.+\n(?:Summary.+\n)?(?:Comment.+\n(?:(?!#|Issue).+\n?)*)?", re.MULTILINE
    )
    # An entry that runs on begins with its tags behind the last comment line.
    blocks = [re.split(r" #\S", found[0])[0].rstrip("\n") for found in block.finditer(SEED.read_text("utf-8"))]
    assert len(blocks) == 5
    assert [text.split("\n")[-1][:40] for text in blocks if f"{text}\n" not in page] == []
