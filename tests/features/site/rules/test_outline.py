"""Which pages the site has."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from features.site.invented_notes import note
from notebot.core.model.note import Note
from notebot.features.site.rules.outline import PAGE_SIZE, Outline, bare_note, make_outline, most_used, note_list


def outline(*notes: Note, hidden: tuple[str, ...] = ()) -> Outline:
    return make_outline(bare_note(key, each, hidden, {}) for key, each in enumerate(notes))


@given(st.integers(0, 500), st.integers(0, 60))
def test_a_new_note_changes_the_first_page_of_a_list_only(count: int, more: int) -> None:
    before, after = note_list("", "notes/all", range(count)), note_list("", "notes/all", range(count + more))
    shown = [index for page in after.pages for index in page.members]
    assert shown == list(reversed(range(count + more)))
    assert all(len(page.members) == PAGE_SIZE for page in after.pages[1:])
    assert len(after.pages[0].members) < 2 * PAGE_SIZE
    assert after.pages[0].file == "notes/all.html"
    later = {page.file: page.members for page in after.pages}
    assert all(later[page.file] == page.members for page in before.pages[1:])


def test_the_pages_of_a_list_lead_to_each_other() -> None:
    pages = note_list("NLP", "tags/NLP", range(175)).pages
    assert [page.file for page in pages] == ["tags/NLP.html", "tags/NLP~2.html", "tags/NLP~1.html"]
    assert [page.older for page in pages] == ["tags/NLP~2.html", "tags/NLP~1.html", None]
    assert [page.newer for page in pages] == [None, "tags/NLP.html", "tags/NLP~2.html"]


def test_notes_are_ordered_by_date_and_number_and_kept_papers_come_last() -> None:
    old, new = note(9, issue_date=date(2025, 1, 1)), note(3, issue_date=date(2026, 1, 1))
    kept, undated = note(5, number=None, issue_date=date(2026, 1, 1)), note(4, issue_date=None)
    made = outline(kept, new, undated, old)
    assert [each.title_line for each in made.notes] == [each.title_line for each in (undated, old, new, kept)]
    assert list(made.files[:3]) == ["notes/4.html", "notes/9.html", "notes/3.html"]
    assert made.files[3].startswith("notes/x")


def test_the_page_of_a_kept_paper_keeps_its_address_until_it_has_a_number() -> None:
    kept, other = note(1, number=None), note(2, number=None)
    (alone,) = outline(kept).files
    assert alone in outline(other, kept).files
    assert len(set(outline(kept, kept, kept).files)) == 3


def test_related_notes_are_known_in_both_directions() -> None:
    first, second, third = note(1, refs=(2, 99, 1)), note(2, refs=(1, 1)), note(3, refs=(1,))
    made = outline(first, second, third)
    assert [made.related(index) for index in range(3)] == [(1,), (0,), (0,)]
    assert made.referring == {0: (2, 1), 1: (0,)}


def test_tags_have_pages_but_hidden_and_blank_ones_have_none() -> None:
    made = outline(note(1, tags=("NLP", " ", "secret", "NLP")), note(2, tags=("RAG", "NLP")), hidden=("secret",))
    assert {tag: [page.members for page in each.pages] for tag, each in made.tags.items()} == {
        "NLP": [(1, 0)],
        "RAG": [(1,)],
    }
    assert [each.label for each in most_used(made.tags)] == ["NLP", "RAG"]


def test_names_of_tag_pages_are_safe_and_differ_on_every_system() -> None:
    tags = (
        "RAG",
        "rag",
        "a/b",
        "a_b",
        "..",
        ".",
        "con",
        "NUL",
        "数学",
        "ガ",
        "x" * 300,
        "NLP~2",
        "%2E%2E",
        "~",
        "a\\b",
    )
    files = [each.file for each in outline(note(1, tags=tags)).tags.values()]
    assert len({file.casefold() for file in files}) == len(tags)
    for file in files:
        folder, slash, name = file.partition("/")
        assert (folder, slash) == ("tags", "/")
        assert len(name.encode()) < 230
        assert not set(name) & set('/\\:*?"<>|~')
        assert name[0] not in ". "
        assert name.partition(".")[0].lower() not in ("con", "nul")
