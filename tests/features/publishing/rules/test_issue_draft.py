"""What a kept stub becomes: title, body, labels, comments; and what an accepted offer changes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from notebot.core.model.errors import MoveError
from notebot.core.model.offer import Update
from notebot.core.model.stub import AttributedText, Curator, Related, Stub, TagEvidence, Venue
from notebot.core.note_format.issue_body import read_body
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.note_format.tag_order import TagOrder
from notebot.core.note_format.title_line import parse_venue
from notebot.core.note_format.venue_labels import venue_labels
from notebot.core.text.escaping import neutralise
from notebot.features.publishing.rules.accepted_offer import NoteChange, change_of
from notebot.features.publishing.rules.issue_draft import (
    TEXT_LIMIT,
    Draft,
    draft_issue,
    has_comment,
    is_about,
    is_sent_draft,
    issue_body,
    issue_title,
    neutralise_copied,
    neutralise_title,
    outbox_key_of_update,
)
from notebot.store.update_rows import change_of_earlier_version

J = "\u2060"
STYLE = NoteStyle()
ORDER = TagOrder(("NLP", "Mathematics", "read-later", "RLVR"))
WHOLE = Stub(
    key="arxiv:2605.09063",
    arxiv_id="2605.09063",
    version=1,
    url="https://arxiv.org/abs/2605.09063",
    title="Counting  by\nHand",
    authors=("Ada Example", ":", "Ben Sample"),
    abstract="We count.\nIt works.",
    categories=("cs.CL",),
    published=datetime(2026, 5, 11, tzinfo=UTC),
    venue=Venue("arXiv'26", "arXiv", 2026),
    complete=True,
    tags=("RLVR", "NLP"),
    tag_evidence=(TagEvidence("RLVR", 0.3, sure=False, why="near"),),
    translation=AttributedText("数えます。", "model-a"),
    summary=AttributedText("手で数える。\nうまくいく。", "model-b"),
    related=(Related(7, "How we count", 0.4, "near"),),
    posts=("https://x.com/ada/status/1", "https://x.com/ben/status/2"),
    curator=Curator(
        comment="- 良い。\n\n  @someone #12",
        tags=("RLVR", "Mathematics", "NLP"),
        related=(7, 12),
        post_words=(("https://x.com/ben/status/2", "解説ポスト:"),),
    ),
)


def test_the_whole_of_a_kept_stub_is_byte_exact() -> None:
    assert draft_issue(WHOLE, STYLE, ORDER) == Draft(
        url="https://arxiv.org/abs/2605.09063",
        title="[Paper Note] Counting by Hand, Ada Example+, arXiv'26, 2026.05",
        body=(
            "# URL\n- https://arxiv.org/abs/2605.09063\n"
            "# Authors\n  - Ada Example\n  - Ben Sample\n"
            "# Abstract\n  - We count. It works.\n"
            "# Translation (by model-a)\n- 数えます。\n"
            "# Summary (by model-b)\n- 手で数える。 うまくいく。"
        ),
        labels=("NLP", "Mathematics", "RLVR"),
        comments=(
            "元ポスト:\nhttps://x.com/ada/status/1",
            "解説ポスト:\nhttps://x.com/ben/status/2",
            "関連:\n- #7\n- #12",
            "- 良い。\n\n  @someone #12",
        ),
    )


def test_empty_fields_of_a_stub_are_left_out() -> None:
    bare = replace(
        WHOLE, authors=(":",), abstract="", translation=None, summary=None, posts=(), curator=Curator(), tags=()
    )
    draft = draft_issue(bare, STYLE, ORDER)
    assert (draft.body, draft.labels, draft.comments) == (f"# URL\n- {WHOLE.url}", (), ())


def test_guessed_tags_are_not_labels_and_an_extract_is_not_a_summary() -> None:
    untouched = replace(WHOLE, summary=AttributedText("We count.", "extractive"), curator=Curator())
    draft = draft_issue(untouched, STYLE, ORDER)
    assert draft.labels == ("NLP",)
    assert "Summary (by" not in draft.body


@pytest.mark.parametrize(
    ("summary", "own", "end"),
    [
        (AttributedText("機械。", "m"), "私の要約。", "# Summary (by m)\n- 私の要約。"),
        (AttributedText("We count.", "extractive"), "私の要約。", "# Summary (by curator)\n- 私の要約。"),
        (None, "私の\n要約 @me。", "# Summary (by curator)\n- 私の\n要約 @me。"),
        (AttributedText("機械。", "m"), "", "# Translation (by model-a)\n- 数えます。"),
        (AttributedText("by @all it fixes #3", "extractive"), "by <b @all、@me it #3", f"by <b @{J}all、@me it #{J}3"),
    ],
)
def test_the_curators_summary_is_unchanged(summary: AttributedText | None, own: str, end: str) -> None:
    stub = replace(WHOLE, summary=summary, curator=Curator(fields={"summary": own}))
    assert issue_body(stub).endswith(end)


HOSTILE = "Fixes #3, thanks @all <!-- x --> # Summary (by x) GH-12 {{ site }} https://github.com/a/b/issues/1"


def test_text_of_a_paper_mentions_links_closes_and_starts_nothing() -> None:
    stub = replace(WHOLE, title=HOSTILE, authors=("@ada #1", "B"), abstract=f"# URL\n{HOSTILE}", curator=Curator())
    stub = replace(stub, translation=AttributedText(HOSTILE, "x) @all"), summary=AttributedText(HOSTILE, "m"))
    draft = draft_issue(stub, STYLE, ORDER)
    for text in (draft.title, draft.body):
        for sign in ("#3", "@all", "@ada", "GH-12", "{{ ", "issues/1"):
            assert sign not in text
    assert "<!--" not in draft.body
    assert draft.body.count("Summary (by") == 1
    assert draft.body.count("\n# ") == 4
    read = read_body(draft.body)
    assert read.urls == (stub.url,)
    assert read.summary is not None
    assert read.summary.startswith(f"Fixes #{J}3")


def test_a_title_keeps_text_that_github_shows_unchanged() -> None:
    stub = replace(WHOLE, title="Q&A `R&D` a<b [x](y) {z}: 50% \u202eoff", curator=Curator())
    assert issue_title(stub, STYLE) == "[Paper Note] Q&A `R&D` a<b [x](y) {z}: 50% off, Ada Example+, arXiv'26, 2026.05"


@given(st.text(st.characters(exclude_characters="\n") | st.sampled_from([*"@#{%`<&;](\\x2", "\u202e", J])))
def test_a_title_only_gains_joiners_and_loses_hidden_characters(text: str) -> None:
    shown = "".join(char for char in text if char in "`{" or not neutralise(char).startswith("&#x"))
    assert neutralise_title(text).replace(J, "") == shown


def test_the_curators_title_line_is_kept_except_for_the_papers_own_text() -> None:
    curator = Curator(fields={"title_line": "[Paper Note]  Beat @all (see #9), Me, ICLR'27, 2026.05"})
    stub = replace(WHOLE, title="Beat @all at #3", curator=curator)
    assert issue_title(stub, STYLE) == f"[Paper Note]  Beat @{J}all (see #9), Me, ICLR'27, 2026.05"


def test_a_long_title_is_truncated_after_it_was_escaped() -> None:
    title = issue_title(replace(WHOLE, title="@a " * 150, curator=Curator()), STYLE)
    assert len(title) <= 256
    assert title.endswith("…, Ada Example+, arXiv'26, 2026.05")


def test_a_long_abstract_is_cut_with_a_note() -> None:
    authors = tuple(f"Author Number {n}" for n in range(420))
    body = issue_body(replace(WHOLE, authors=authors, abstract="& <b> @x " * 8000))
    assert TEXT_LIMIT - 200 < len(body) <= TEXT_LIMIT
    assert body.count("  - Author Number") == 420
    assert "… (cut; 71,999 characters in all)\n# Translation" in body
    assert body.endswith("うまくいく。")


def test_a_very_long_list_of_authors_is_cut_with_a_note_and_the_abstract_stays() -> None:
    authors = tuple(f"Author Number {n}" for n in range(5000))
    body = issue_body(replace(WHOLE, authors=authors))
    assert TEXT_LIMIT - 40 < len(body) <= TEXT_LIMIT
    assert "\n  - … (5,000 authors in all)\n# Abstract\n  - We count. It works.\n" in body


def test_both_are_cut_where_both_are_too_long() -> None:
    authors = tuple(f"Author Number {n}" for n in range(5000))
    body = issue_body(replace(WHOLE, authors=authors, abstract="word " * 20_000))
    assert len(body) <= TEXT_LIMIT
    assert "authors in all" in body
    assert "(cut; 99,999 characters in all)" in body
    assert body.count("word ") > 300


@settings(max_examples=min(20, settings().max_examples), deadline=None)
@given(st.integers(0, 3000), st.integers(0, 70_000), st.sampled_from(["a", "<", "数", "@x "]))
def test_a_body_is_never_longer_than_github_takes(authors: int, size: int, text: str) -> None:
    stub = replace(WHOLE, authors=("Somebody With A Name",) * authors, abstract=(text * size)[:size])
    body = issue_body(stub)
    assert len(body) <= TEXT_LIMIT
    assert body.startswith("# URL\n")
    assert body.endswith("うまくいく。")


@pytest.mark.parametrize(
    ("curator", "words"),
    [
        (Curator(comment="あ" * (TEXT_LIMIT + 1)), "A comment of 2605.09063 has 65,537 characters"),
        (Curator(fields={"title_line": "t" * 257}), "The title line of 2605.09063 has 257"),
        (Curator(fields={"summary": "t" * TEXT_LIMIT}), "The body of 2605.09063"),
    ],
)
def test_the_curators_title_line_is_never_truncated(curator: Curator, words: str) -> None:
    with pytest.raises(MoveError, match=words):
        draft_issue(replace(WHOLE, curator=curator), STYLE, ORDER)


def test_a_stub_waits_for_its_metadata_unless_the_curator_wrote_the_title_line() -> None:
    early = replace(WHOLE, complete=False, published=None)
    with pytest.raises(MoveError, match="waits for its metadata"):
        draft_issue(early, STYLE, ORDER)
    own = replace(early, curator=Curator(fields={"title_line": "Mine"}))
    assert draft_issue(own, STYLE, ORDER).title == "Mine"


def test_only_words_of_the_source_are_guarded() -> None:
    assert neutralise_copied("@all,  @me\n#3", "x (@all)", neutralise_title) == f"@{J}all,  @me\n#3"


# Met again.


DRAFT = Draft(
    "https://arxiv.org/abs/2605.09063", "A title", "# URL\n- https://arxiv.org/abs/2605.09063", (), ("a", "a")
)


@pytest.mark.parametrize(
    ("title", "body", "ours"),
    [
        ("A title", DRAFT.body, True),
        ("A title", DRAFT.body + "\r\n# Summary (by me)\r\n- x", True),
        ("Another", DRAFT.body.replace("\n", "\r\n") + "\n", True),
        ("Another", "https://arxiv.org/abs/2605.09063v2", False),
        ("A title", "# URL\n- https://arxiv.org/abs/2605.09064", False),
        ("A title", None, False),
    ],
)
def test_an_issue_is_ours_by_its_link_and_title_or_body(title: str, body: str | None, ours: bool) -> None:
    assert is_sent_draft(title, body, DRAFT) is ours


@pytest.mark.parametrize(
    ("body", "url", "same"),
    [
        ("https://www.arxiv.org/pdf/2605.09063v3", DRAFT.url, True),
        ("読んだ https://x.test/a", "https://x.test/a", True),
        ("# URL\n- https://x.test/b", "https://x.test/a", False),
        (None, DRAFT.url, False),
    ],
)
def test_an_issue_is_of_a_paper_in_any_form_of_its_link(body: str | None, url: str, same: bool) -> None:
    assert is_about(body, url) is same


def test_equal_comments_are_counted() -> None:
    assert not has_comment(["b"], DRAFT, 0)
    assert has_comment(["a\r\n"], DRAFT, 0)
    assert not has_comment(["a"], DRAFT, 1)
    assert has_comment(["a", "b", "a"], DRAFT, 1)
    # words below a comment belong to it, and a longer comment of the draft is no shorter one
    assert has_comment(["a\n\nmy words"], DRAFT, 0)
    assert not has_comment(["ab"], DRAFT, 0)
    assert not has_comment(["a\nb"], replace(DRAFT, comments=("a\nb", "a")), 1)


# Offers.


def offer(field: str, value: str) -> Update:
    return Update(4, "note:2158", change_of_earlier_version(field, value), "why")


LINE = "[Paper Note]  CriticLean，  Peng+,  arXiv'25 , 2025.07"


@pytest.mark.parametrize(
    ("value", "title", "changed", "labels"),
    [
        ("ACL'26", LINE, "[Paper Note]  CriticLean，  Peng+,  ACL'26 , 2025.07", ("ACL",)),
        ("ACL'26 Findings", "T, A+, arXiv'25, 2025.07", "T, A+, ACL'26 Findings, 2025.07", ("ACL", "Findings")),
        ("arXiv'25 → ACL'26", "T, A+, arXiv'25", "T, A+, ACL'26", ("ACL",)),
        ("ICLR'26 → ICLR'26 Oral", "T, A+, ICLR’26, 2025.07", "T, A+, ICLR'26 Oral, 2025.07", ("ICLR",)),
        ("ACL'26", "T, A+, 2025.07", "T, A+, ACL'26, 2025.07", ("ACL",)),
        ("ACL'26", "T, A+, ACL'26, 2025.07", None, ("ACL",)),
        ("NLP'26", "T, A+, arXiv'25", "T, A+, NLP'26", ()),
    ],
)  # fmt: skip
def test_only_the_venue_slot_is_replaced(value: str, title: str, changed: str | None, labels: tuple[str, ...]) -> None:
    assert change_of(offer("venue", value), title, ("NLP",), (), ("NLP", "ACL")) == NoteChange(changed, labels)


@pytest.mark.parametrize(
    ("field", "value", "title", "words"),
    [
        ("venue", "ACL'26", "T, A+, ICML'26, 2025.07", "says ICML'26 now, not arXiv"),
        ("venue", "arXiv'25 → ACL'26", "T, A+, arXiv'26, 2025.07", "says arXiv'26 now, not arXiv'25"),
        ("venue", "arXiv'25 → ACL'26", "T, A+", "says no venue now"),
        ("venue", "ACL Findings", "T, A+, arXiv'25", "names no year"),
        ("venue", "ACL'26 " + "x" * 250, "T, A+, arXiv'25", "more than GitHub accepts"),
        ("twice", "7", "T", "an offer of 'twice' cannot be applied"),
    ],
)
def test_an_outdated_or_impossible_offer_is_rejected(field: str, value: str, title: str, words: str) -> None:
    with pytest.raises(MoveError, match=words):
        change_of(offer(field, value), title, (), (), ())


def test_labels_are_added_and_taken_away_in_any_case() -> None:
    assert change_of(offer("label", "ACL, Findings"), "T", ("acl",), (), ()) == NoteChange(add_labels=("Findings",))
    assert change_of(offer("leftover", "pocket"), "T", ("Pocket", "NLP"), (), ()) == NoteChange(
        remove_labels=("Pocket",)
    )
    assert change_of(offer("leftover", "Pocket"), "T", ("NLP",), (), ()) == NoteChange()


@pytest.mark.parametrize(
    ("field", "value", "comment"),
    [
        ("post", "https://x.com/Ada/status/12?s=46", "元ポスト:\nhttps://x.com/ada/status/12"),
        ("post 12", "解説ポスト: https://x.com/ada/status/12", "解説ポスト:\nhttps://x.com/ada/status/12"),
        ("post", "https://x.com/ada/status/1", None),
        ("post", "https://blog.test/a", "元ポスト:\nhttps://blog.test/a"),
    ],
)
def test_another_post_becomes_one_comment_with_the_heading_of_its_kind(
    field: str, value: str, comment: str | None
) -> None:
    standing = ("元ポスト: https://twitter.com/ada/status/1?s=20",)
    assert change_of(offer(field, value), "T", (), standing, ()) == NoteChange(comment=comment)


@pytest.mark.parametrize(
    ("label", "known", "labels"),
    [
        ("ACL'26 Findings", (), ("ACL", "Findings")),
        ("LREC-COLING'24", ("COLING", "lrec"), ("lrec", "COLING")),
        ("NeurIPS'25 Workshop WANT", ("NeurIPS",), ("NeurIPS", "Workshop")),
        ("arXiv'25", ("arXiv",), ()),
    ],
)
def test_the_labels_of_a_venue(label: str, known: tuple[str, ...], labels: tuple[str, ...]) -> None:
    assert venue_labels(parse_venue(label), known) == labels
    assert venue_labels(None, known) == ()


def test_a_delivery_of_an_update_has_a_key_of_its_own() -> None:
    assert outbox_key_of_update(7) == "update:7"
