"""A paper as a Zotero item, and what of it may change."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from notebot.core.model.stub import Stub, TagEvidence
from notebot.features.zotero.rules.item import Creator, ItemDraft, draft_item, is_ours, item_key, plan_update

STUB = Stub(
    "arxiv:2605.00001",
    "2605.00001",
    1,
    "https://arxiv.org/abs/2605.00001",
    "On $n$ birds",
    ("Ada van der Example", "Ben Sample Jr.", "The Bird Team", "Plato"),
    "We count.",
    ("cs.CL",),
    published=datetime(2026, 5, 12, tzinfo=UTC),
    complete=True,
    tags=("NLP", "Guess"),
    tag_evidence=(TagEvidence("Guess", 0.5, sure=False, why=""),),
)
LINE = "[Paper Note] On $n$ birds, Ada van der Example+, arXiv'26, 2026.05"
ACCEPTED = "[Paper Note] On $n$ birds, Ada van der Example+, COLM'26, 2026.05"


def current(draft: ItemDraft, **changes: Any) -> dict[str, Any]:
    """What Zotero has after the draft was sent, and its owner made changes."""
    return {**draft.document("ABCDEFGH", ""), **changes}


def test_a_preprint_item_has_what_zotero_needs_to_cite_it() -> None:
    document = draft_item(STUB, LINE).document("ABCDEFGH", "CALLNTNS")
    assert document == {
        "key": "ABCDEFGH",
        "version": 0,
        "itemType": "preprint",
        "title": "On $n$ birds",
        "creators": [
            {"creatorType": "author", "firstName": "Ada", "lastName": "van der Example"},
            {"creatorType": "author", "firstName": "Ben, Jr.", "lastName": "Sample"},
            {"creatorType": "author", "name": "The Bird Team"},
            {"creatorType": "author", "name": "Plato"},
        ],
        "abstractNote": "We count.",
        "date": "2026-05-12",
        "DOI": "10.48550/arXiv.2605.00001",
        "url": "https://arxiv.org/abs/2605.00001",
        "archiveID": "arXiv:2605.00001",
        "repository": "arXiv",
        "libraryCatalog": "arXiv.org",
        "extra": "notebot: arxiv:2605.00001",
        "tags": [{"tag": "NLP"}],
        "collections": ["CALLNTNS"],
    }


def test_keys_are_zoteros_and_the_same_every_time() -> None:
    key = item_key("users/1", STUB.key)
    assert re.fullmatch(r"[23456789ABCDEFGHIJKLMNPQRSTUVWXYZ]{8}", key)
    assert key == item_key("users/1", STUB.key)
    assert len({key, item_key("users/2", STUB.key), item_key("users/1", "arxiv:2605.00002")}) == 3


def test_a_venue_becomes_citation_variables_in_extra() -> None:
    sent, wanted = draft_item(STUB, LINE), draft_item(STUB, ACCEPTED)
    update = plan_update(sent, wanted, current(sent, extra="Citation Key: byron\nnotebot: arxiv:2605.00001"))
    assert update.changes == {
        "extra": "Citation Key: byron\nnotebot: arxiv:2605.00001\nType: paper-conference\ncontainer-title: COLM 2026"
    }
    # and back, with the owner's own lines untouched
    back = plan_update(wanted, sent, current(wanted, extra=update.changes["extra"] + "\nmine"))
    assert back.changes == {"extra": "Citation Key: byron\nnotebot: arxiv:2605.00001\nmine"}


@pytest.mark.parametrize(
    "extra", ["notebot: arxiv:2605.00001\nType: article", "container-title: My venue\nnotebot: arxiv:2605.00001"]
)
def test_a_type_or_venue_of_the_owner_stays(extra: str) -> None:
    sent, wanted = draft_item(STUB, LINE), draft_item(STUB, ACCEPTED)
    update = plan_update(sent, wanted, current(sent, extra=extra))
    assert (update.changes, update.kept) == ({}, ("extra",))


def test_a_line_of_ours_that_the_owner_edited_stays() -> None:
    sent, wanted = draft_item(STUB, ACCEPTED), draft_item(STUB, ACCEPTED.replace("COLM", "ACL"))
    edited = "notebot: arxiv:2605.00001\nType: paper-conference\ncontainer-title: Conference on Language Modeling"
    update = plan_update(sent, wanted, current(sent, extra=edited))
    assert (update.changes, update.kept) == ({}, ("extra",))


def test_only_fields_that_the_owner_did_not_change_are_written() -> None:
    sent = draft_item(STUB, LINE)
    wanted = draft_item(replace(STUB, title="New title", abstract="New abstract.", doi="10.1/x"), LINE)
    update = plan_update(sent, wanted, current(sent, title="My title", DOI="10.1/x"))
    assert (update.changes, update.kept) == ({"abstractNote": "New abstract."}, ("title",))


def test_an_item_is_ours_while_it_has_our_line() -> None:
    sent = draft_item(STUB, LINE)
    assert is_ours(STUB.key, current(sent))
    assert not is_ours(STUB.key, current(sent, extra="notebot: arxiv:2605.00002"))
    assert not is_ours(STUB.key, current(sent, extra=None))


TEXT = st.text(alphabet=st.sampled_from("ab {}\\$@#\n\r\0\x1b\u202e\u2028\ud800数<&:,"), max_size=40)


@given(TEXT, st.lists(TEXT, max_size=4), TEXT)
def test_any_text_becomes_one_line_per_field(title: str, authors: list[str], tag: str) -> None:
    stub = replace(STUB, title=title, authors=tuple(authors), abstract=title, tags=(tag,), tag_evidence=(), doi=title)
    draft = draft_item(stub, f"[Paper Note] {title}, {tag}'26")
    for text in [draft.title, draft.abstract, draft.doi, *draft.marks, *draft.tags, *map(str, draft.creators)]:
        assert not re.search("[\n\r\0\x1b\u202e\u2028\ud800]", text)
    assert draft.marks[0] == "notebot: arxiv:2605.00001"
    assert not plan_update(draft, draft, current(draft)).changes


def test_long_names_are_cut_to_what_zotero_takes() -> None:
    (creator,) = draft_item(replace(STUB, authors=(f"Ada {'x' * 300}",)), LINE).creators
    assert creator == Creator("x" * 255, "Ada")


def test_text_is_composed_and_empty_tags_are_left_out() -> None:
    draft = draft_item(replace(STUB, title="Zoe\u0308", tags=("\u202e", "NLP"), tag_evidence=()), LINE)
    assert (draft.title, draft.tags) == ("Zo\u00eb", ("NLP",))
