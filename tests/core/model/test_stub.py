"""The stub and the title line it is filed under (product.md, The stub)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import DAY, entry, paper, topic
from notebot.core.model.entry import AnnounceType
from notebot.core.model.stub import (
    Curator,
    FoundTerm,
    Stub,
    TagEvidence,
    TopicEvidence,
    Venue,
    abstract_url,
    stub_key,
    with_better_announce_type,
    with_metadata,
)
from notebot.core.model.stub_posts import with_post
from notebot.core.note_format.stub_title import TITLE_LINE_LIMIT, NoteStyle, title_line
from notebot.features.topics.rules.drafting import draft_from_entry, draft_from_paper, with_topics
from notebot.features.topics.rules.matching import MatchedTerm, TopicMatch

STYLE = NoteStyle()


def complete(**changes: object) -> Stub:
    """A stub whose metadata has come: two authors, published 2026-05-11."""
    return replace(draft_from_paper(paper(), None, ()), **changes)


def line(stub: Stub, style: NoteStyle = STYLE) -> str:
    return title_line(stub, style).text


def test_a_title_line_names_title_first_author_venue_and_month() -> None:
    assert line(complete()) == "[Paper Note] Math for models, Ada Lovelace+, arXiv'26, 2026.05"


@pytest.mark.parametrize(
    ("authors", "named"),
    [
        (("Ada Lovelace",), ", Ada Lovelace,"),
        (("Ada Lovelace", "Emmy Noether"), ", Ada Lovelace+,"),
        (("RadixArk", ":", "Tom Chen"), ", RadixArk+,"),
        ((":", "Tom Chen"), ", Tom Chen,"),
        (("Tom Chen", ":"), ", Tom Chen,"),
        (("Kimi Team", ":", "A B", "C D"), ", Kimi Team+,"),
        ((), " models, arXiv'26,"),
        ((":", "--", "42"), " models, arXiv'26,"),
        ((r"Paul Erd\H{o}s",), ", Paul Erdős,"),
        ((r"\'Edouard  Lucas", "B"), ", Édouard Lucas+,"),
        (("王 小明",), ", 王 小明,"),
    ],
)
def test_the_title_line_names_the_first_author_with_a_plus_for_more(authors: tuple[str, ...], named: str) -> None:
    assert named in line(complete(authors=authors))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("End-to-End   Simultaneous\n  Attention ", "End-to-End Simultaneous Attention"),
        (r"The Erd\H{o}s--R\'enyi graph", "The Erdős--Rényi graph"),
        (r"An $O(n \log n)$ bound for $\'e$", r"An $O(n \log n)$ bound for $\'e$"),
        ("Commas, in, a title", "Commas, in, a title"),
        ("<b>{{ x }}</b> @you #1", "<b>{{ x }}</b> @you #1"),
    ],
)
def test_a_title_is_collapsed_and_its_accents_decoded_while_formulas_stay(title: str, shown: str) -> None:
    assert line(complete(title=title)) == f"[Paper Note] {shown}, Ada Lovelace+, arXiv'26, 2026.05"


@pytest.mark.parametrize(
    ("arxiv_id", "published", "shown"),
    [
        ("2609.00111", datetime(2026, 8, 31, tzinfo=UTC), "arXiv'26, 2026.08"),
        ("2506.11045", datetime(2025, 5, 20, tzinfo=UTC), "arXiv'25, 2025.05"),
        ("hep-th/9711200", datetime(1997, 11, 27, tzinfo=UTC), "arXiv'97, 1997.11"),
        ("0901.00001", datetime(2009, 1, 1, tzinfo=UTC), "arXiv'09, 2009.01"),
    ],
)
def test_year_and_month_are_those_of_version_1_and_never_of_the_id(
    arxiv_id: str, published: datetime, shown: str
) -> None:
    stub = draft_from_paper(paper(arxiv_id, published=published), None, ())
    assert line(stub).endswith(f", Ada Lovelace+, {shown}")


def test_a_venue_with_a_track_takes_the_place_of_arxiv_and_keeps_the_month() -> None:
    venue = Venue("ACL'26", "ACL", 2026, "Findings", "comment", "Accepted to Findings of ACL 2026")
    assert line(complete(venue=venue)).endswith(", Ada Lovelace+, ACL'26 Findings, 2026.05")


def test_without_metadata_the_line_ends_after_the_author() -> None:
    assert line(draft_from_entry(entry(), ())) == "[Paper Note] Math for models, Ada Lovelace+"


def test_the_curators_habits_change_prefix_and_month() -> None:
    assert line(complete(), NoteStyle(month=False)) == "[Paper Note] Math for models, Ada Lovelace+, arXiv'26"
    assert line(complete(), NoteStyle(prefix="")) == "Math for models, Ada Lovelace+, arXiv'26, 2026.05"


@pytest.mark.parametrize("prefix", ["[Paper Note]", ""])
@pytest.mark.parametrize(
    "own",
    [
        "[Paper Note] My Own Title, Lovelace, ICLR'26, 2026.05",
        "[Tips] another form altogether",
        "no prefix at all",
        "x" * 300,
    ],
)
def test_a_title_line_that_the_curator_wrote_is_unchanged(own: str, prefix: str) -> None:
    stub = complete(curator=Curator(fields={"title_line": own}))
    found = title_line(stub, NoteStyle(prefix=prefix))
    assert found.text == own
    assert not found.cut


def test_a_line_is_split_after_its_prefix() -> None:
    own = "[Paper Note] Mine"
    assert title_line(complete(), STYLE).rest == "Math for models, Ada Lovelace+, arXiv'26, 2026.05"
    assert title_line(complete(curator=Curator(fields={"title_line": own})), STYLE).rest == "Mine"


def test_a_line_of_exactly_256_characters_is_not_cut() -> None:
    room = TITLE_LINE_LIMIT - len(line(complete(title="")))
    whole, long = title_line(complete(title="x" * room), STYLE), title_line(complete(title="x" * (room + 1)), STYLE)
    assert (len(whole.text), whole.cut) == (256, False)
    assert (len(long.text), long.cut) == (256, True)
    assert long.text.endswith("x…, Ada Lovelace+, arXiv'26, 2026.05")


def test_a_shortened_title_has_no_space_before_the_ellipsis() -> None:
    room = TITLE_LINE_LIMIT - len(line(complete(title="")))
    title = "x" * (room - 2) + " " + "y" * 20
    assert "x…, Ada" in line(complete(title=title))


@given(
    st.text(min_size=1, max_size=400),
    st.lists(st.text(min_size=1, max_size=60), max_size=3),
    st.booleans(),
    st.sampled_from(["[Paper Note]", "", "[Memo]"]),
    st.booleans(),
)
def test_no_drafted_line_is_longer_than_256_characters_nor_holds_a_line_break(
    title: str, authors: list[str], known: bool, prefix: str, month: bool
) -> None:
    stub = replace(complete() if known else draft_from_entry(entry(), ()), title=title, authors=tuple(authors))
    found = title_line(stub, NoteStyle(prefix, month))
    assert len(found.text) <= TITLE_LINE_LIMIT
    assert len(found.text.splitlines()) <= 1
    assert found.text.count("…") - (title + "".join(authors[:1])).count("…") <= found.cut


def test_the_first_author_of_a_stub_is_a_name_or_nothing() -> None:
    assert complete(authors=(":", r"Erd\H{o}s")).first_author == "Erdős"
    assert complete(authors=(":",)).first_author is None


def test_an_abstract_url_has_a_version_only_if_given() -> None:
    assert abstract_url("2605.00001") == "https://arxiv.org/abs/2605.00001"
    assert draft_from_paper(paper(version=3), None, ()).url == "https://arxiv.org/abs/2605.00001"
    assert draft_from_paper(paper(version=3), 2, ()).url == "https://arxiv.org/abs/2605.00001v2"


def test_a_draft_from_the_feed_holds_what_the_feed_knows() -> None:
    stub = draft_from_entry(entry(doi="10.1/x", journal_ref="J. 1", version=2), (TopicMatch(topic(), ()),))
    assert (stub.key, stub.version, stub.doi, stub.journal_ref) == (stub_key("2605.00001"), 2, "10.1/x", "J. 1")
    assert (stub.complete, stub.published, stub.comment) == (False, None, None)
    assert (stub.venue.label, stub.venue.year) == ("arXiv", None)
    assert (stub.announced_on, stub.announce_type) == (DAY, AnnounceType.NEW)


def test_metadata_fills_a_draft_and_leaves_what_belongs_to_the_queue_and_the_curator() -> None:
    mine = Curator("read this", {"title_line": "Mine"})
    draft = replace(draft_from_entry(entry(), (TopicMatch(topic(), ()),)), curator=mine, posts=("https://x.com/a",))
    stub = with_metadata(draft, paper(version=2, comment="withdrawn", withdrawn=True, doi="10.1/x"))
    assert stub.complete
    assert stub.withdrawn
    assert (stub.version, stub.doi, stub.comment) == (2, "10.1/x", "withdrawn")
    assert (stub.venue.label, stub.venue.year) == ("arXiv'26", 2026)
    assert (stub.curator, stub.posts, stub.topics, stub.announced_on) == (mine, draft.posts, ("Math",), DAY)


def test_topics_are_merged_with_their_tags_and_evidence_each_once() -> None:
    math = TopicMatch(topic("Math", tags=("NLP", "Math")), (MatchedTerm("math*", "title"),))
    rl = TopicMatch(topic("RL", tags=("NLP", "RL")), ())
    stub = with_topics(with_topics(draft_from_entry(entry(), (math,)), (math, rl)), (rl,))
    assert stub.topics == ("Math", "RL")
    assert stub.tags == ("NLP", "Math", "RL")
    assert stub.matched == (TopicEvidence("Math", (FoundTerm("math*", "title"),)), TopicEvidence("RL"))
    assert [(one.tag, one.sure, one.why) for one in stub.tag_evidence] == [
        ("NLP", True, "topic Math"),
        ("Math", True, "topic Math"),
        ("RL", True, "topic RL"),
    ]


def test_a_tag_that_two_topics_give_at_once_is_explained_by_the_first() -> None:
    matches = tuple(TopicMatch(topic(name, tags=("NLP",)), ()) for name in ("Math", "RL"))
    assert [one.why for one in draft_from_entry(entry(), matches).tag_evidence] == ["topic Math"]


def test_tags_that_are_there_already_keep_their_place_and_their_evidence() -> None:
    guess = TagEvidence("RL", 0.4, sure=False, why="near #12")
    stub = replace(complete(), tags=("Mine", "RL"), tag_evidence=(guess,))
    after = with_topics(stub, (TopicMatch(topic("T", tags=("RL", "NLP")), ()),))
    assert after.tags == ("Mine", "RL", "NLP")
    assert after.tag_evidence == (guess, TagEvidence("NLP", 1.0, sure=True, why="topic T"))


def test_a_post_is_added_to_a_stub_once() -> None:
    stub = with_post(with_post(with_post(complete(), "https://a"), "https://b"), "https://a")
    assert stub.posts == ("https://a", "https://b")


@pytest.mark.parametrize(
    ("held", "met", "best"),
    [
        ("cross", "new", "new"),
        ("new", "cross", "new"),
        ("replace-cross", "cross", "cross"),
        ("replace", "replace-cross", "replace"),
    ],
)
def test_the_best_announcement_type_of_a_day_is_kept(held: str, met: str, best: str) -> None:
    stub = draft_from_entry(entry(announce_type=AnnounceType(held)), ())
    assert with_better_announce_type(stub, entry(announce_type=AnnounceType(met))).announce_type == best


def test_another_day_or_a_stub_saved_by_hand_takes_no_announcement_type() -> None:
    stub = draft_from_entry(entry(announce_type=AnnounceType.CROSS), ())
    assert with_better_announce_type(stub, entry(announced_on=date(2026, 5, 13))) == stub
    assert with_better_announce_type(complete(), entry()) == complete()
