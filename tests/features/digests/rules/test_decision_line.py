"""The ``>`` line of an entry."""

from msgspec.structs import replace

from fakes import entry, paper
from notebot.core.model.stub import FoundTerm, Stub, TopicEvidence, Venue
from notebot.core.note_format.phrases import EN, JA, Phrases
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.digests.rules.decision_line import COMMENT_LIMIT, decision_line
from notebot.features.topics.rules.drafting import draft_from_entry, draft_from_paper


def plain(text: str) -> str:
    """A page where everything is harmless."""
    return text


def shouted(text: str) -> str:
    """Shows what was made safe."""
    return text.upper()


def hint(stub: Stub, words: Phrases = EN, home: str = "Math") -> str:
    return decision_line(stub=stub, home=home, words=words, style=NoteStyle(), safe=plain)


def stub(**changes: object) -> Stub:
    return replace(draft_from_paper(paper(), None, ()), **changes)


def test_a_complete_stub_shows_authors_categories_and_comment() -> None:
    found = hint(stub(categories=("cs.LG", "cs.AI")))
    assert found == "Ada Lovelace, Emmy Noether · cs.LG, cs.AI · comment “12 pages” (no venue)"


def test_missing_values_leave_no_gap() -> None:
    assert hint(stub(authors=(), comment=None)) == "cs.CL"
    assert hint(stub(authors=(), categories=(), comment="  ")) == ""


def test_a_long_comment_is_cut_and_collapsed() -> None:
    line = hint(stub(authors=(), categories=(), comment="word\n " * 40))
    shown = line.removeprefix("comment “").removesuffix("” (no venue)")
    assert shown.startswith("word word ")
    assert shown.endswith("word…")
    assert len(shown) <= COMMENT_LIMIT
    whole = "x" * COMMENT_LIMIT
    assert whole in hint(stub(comment=whole))


def test_the_terms_of_the_home_topic_are_listed_with_their_fields() -> None:
    home = TopicEvidence(
        "Math", (FoundTerm("math*", "title"), FoundTerm("proof", "abstract"), FoundTerm("math*", "abstract"))
    )
    other = TopicEvidence("Models", (FoundTerm("model", "title"),))
    line = hint(stub(authors=(), comment=None, topics=("Models", "Math"), matched=(other, home)))
    assert line == "cs.CL · matched `math*` (title, abstract), `proof` (abstract) · also matches Models"


def test_a_topic_without_query_has_no_terms() -> None:
    line = hint(stub(authors=(), comment=None, topics=("Math",), matched=(TopicEvidence("Math"),)))
    assert line == "cs.CL"


def test_warnings_are_at_the_end() -> None:
    waiting = replace(draft_from_entry(entry(), ()), posts=("https://a", "https://b"))
    assert hint(waiting, JA).endswith("· cs.CL · 投稿 2 · **書誌未取得**")
    assert hint(stub(withdrawn=True)).endswith("· **withdrawn**")
    assert hint(stub(title="x" * 300)).endswith("· title shortened")


def test_all_untrusted_text_is_escaped() -> None:
    line = decision_line(stub=stub(topics=("Math",)), home="Math", words=EN, style=NoteStyle(), safe=shouted)
    assert line == "ADA LOVELACE, EMMY NOETHER · CS.CL · comment “12 PAGES” (no venue)"


def test_the_venue_evidence_replaces_the_comment() -> None:
    found = Venue("ACL'26", "ACL", 2026, "Findings", "comment", "Accepted to Findings of ACL 2026")
    line = hint(stub(venue=found, comment="Accepted to Findings of ACL 2026, 12 pages"))
    assert "venue from the comment: “Accepted to Findings of ACL 2026”" in line
    assert "12 pages" not in line
