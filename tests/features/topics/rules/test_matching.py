"""Topics against entries and papers: every answer of the index is that of a plain evaluation."""

import gzip
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.entry import AnnounceType, Entry
from notebot.core.model.paper import Paper
from notebot.features.topics.rules.matching import (
    MatchedTerm,
    Matches,
    TopicIndex,
    TopicMatch,
    Truth,
    prepare_entry,
    prepare_paper,
)
from notebot.features.topics.rules.query import parse_query
from notebot.features.topics.rules.query_terms import Field
from notebot.features.topics.rules.topic import Topic
from paths import REAL_DATA
from plain_matching import YES, PlainPaper, truth_of

REAL = REAL_DATA / "arxiv/meta.jsonl.gz"


def make_entry(
    title: str = "",
    abstract: str = "",
    authors: tuple[str, ...] = (),
    categories: tuple[str, ...] = ("cs.CL",),
    journal_ref: str | None = None,
) -> Entry:
    return Entry(
        "2605.00001", 1, AnnounceType.NEW, date(2026, 5, 12), title, abstract, authors, categories, journal_ref
    )


def make_paper(entry: Entry, comment: str | None = None) -> Paper:
    at = datetime(2026, 5, 11, tzinfo=UTC)
    return Paper(
        entry.arxiv_id,
        1,
        entry.title,
        entry.authors,
        entry.abstract,
        entry.categories,
        at,
        at,
        comment,
        entry.journal_ref,
    )


def make_topic(query: str | None, name: str = "t", categories: tuple[str, ...] = ("cs.CL",)) -> Topic:
    return Topic(name, categories, None if query is None else parse_query(query))


def answer(matches: Matches) -> Truth:
    if matches.matched:
        return Truth.YES
    return Truth.UNKNOWN if matches.pending else Truth.NO


def ask_entry(query: str, entry: Entry) -> Truth:
    return answer(TopicIndex([make_topic(query)]).match(prepare_entry(entry), None))


def ask_paper(query: str, paper: Paper) -> Truth:
    return answer(TopicIndex([make_topic(query)]).match(prepare_paper(paper), None))


ENTRY = make_entry(
    title="MathBench: A Chain-of-Thought benchmark",
    abstract="We study mathematical reasoning in large_language models. É, 推論する.",
    authors=("Fan Zhou", "Bob Bates Jr", ":", "Paul Erd\\H{o}s"),
    categories=("cs.CL", "hep-th"),
    journal_ref="Nature 12 (2026)",
)


@pytest.mark.parametrize(
    ("query", "truth"),
    [
        ("ti:mathbench", Truth.YES),
        ("ti:math", Truth.NO),
        ("ti:math*", Truth.YES),
        ("ti:bench*", Truth.YES),
        ("ti:chain-of-thought", Truth.YES),
        ('ti:"chain of thought bench*"', Truth.YES),
        ('ti:"chain thought"', Truth.NO),
        ('ti:"thought of chain"', Truth.NO),
        ("ti:reasoning", Truth.NO),
        ("abs:REASONING", Truth.YES),
        ('abs:"language model"', Truth.NO),
        ('abs:"language model*"', Truth.YES),
        ("abs:e", Truth.YES),
        ("abs:推論", Truth.YES),
        ("abs:論推", Truth.NO),
        ('au:"Fan Zhou"', Truth.YES),
        ('au:"Zhou Bob"', Truth.NO),
        ("au:erdos", Truth.YES),
        ("au:Erdős", Truth.YES),
        ("cat:cs.CL", Truth.YES),
        ("cat:CS.cl", Truth.YES),
        ("cat:cs", Truth.NO),
        ("cat:cs.*", Truth.YES),
        ("cat:hep-*", Truth.YES),
        ("cat:math*", Truth.NO),
        ("co:accepted", Truth.UNKNOWN),
        ("jr:nature", Truth.YES),
        ("jr:science", Truth.UNKNOWN),
        ("zhou", Truth.YES),
        ("nature", Truth.YES),
        ("galaxies", Truth.UNKNOWN),
        ("hep", Truth.UNKNOWN),
        ('"benchmark we"', Truth.UNKNOWN),
        ("ti:mathbench AND co:accepted", Truth.UNKNOWN),
        ("ti:galaxies AND co:accepted", Truth.NO),
        ("ti:mathbench OR co:accepted", Truth.YES),
        ("ti:galaxies OR co:accepted", Truth.UNKNOWN),
        ("ti:mathbench ANDNOT co:withdrawn", Truth.UNKNOWN),
        ("co:accepted ANDNOT ti:mathbench", Truth.NO),
        ("ti:mathbench ANDNOT ti:survey", Truth.YES),
        ("ti:mathbench ANDNOT ti:chain", Truth.NO),
    ],
)
def test_an_entry_is_matched_by_whole_words_and_left_open_where_the_feed_is_silent(query: str, truth: Truth) -> None:
    assert ask_entry(query, ENTRY) == truth


@pytest.mark.parametrize(
    ("query", "truth"),
    [
        ("co:accepted", Truth.YES),
        ("co:withdrawn", Truth.NO),
        ("jr:science", Truth.NO),
        ("accepted", Truth.YES),
        ("galaxies", Truth.NO),
        ("ti:mathbench ANDNOT co:withdrawn", Truth.YES),
    ],
)
def test_a_paper_leaves_nothing_open(query: str, truth: Truth) -> None:
    assert ask_paper(query, make_paper(ENTRY, "Accepted at COLM 2026")) == truth


def test_a_paper_without_comment_has_none() -> None:
    assert ask_paper("co:accepted", make_paper(make_entry("A"))) == Truth.NO


def test_evidence_names_each_term_that_counts_and_where_it_is() -> None:
    query = (
        '"chain of thought" AND (mathbench OR nature OR ti:galaxies) OR (abs:models AND ti:galaxies)'
        " OR (ti:bench* ANDNOT abs:reasoning) OR cat:cs.* OR (au:zhou ANDNOT ti:survey)"
    )
    topic = make_topic(query)
    entry = make_entry("MathBench: a chain of thought", "Chain of thought reasoning models", ("F. Zhou",))
    paper = make_paper(entry, "About MathBench")
    matches = TopicIndex([topic]).match(prepare_paper(paper), ["cs.CL"])
    assert matches.matched == (
        TopicMatch(
            topic,
            (
                MatchedTerm("chain of thought", "title"),
                MatchedTerm("chain of thought", "abstract"),
                MatchedTerm("mathbench", "title"),
                MatchedTerm("mathbench", "comment"),
                MatchedTerm("cs.*", "categories"),
                MatchedTerm("zhou", "authors"),
            ),
        ),
    )


def test_evidence_names_a_term_asked_for_twice_once() -> None:
    matches = TopicIndex([make_topic("ti:a AND ti:a")]).match(prepare_entry(make_entry("A")), None)
    assert matches.matched[0].terms == (MatchedTerm("a", "title"),)


def test_a_topic_without_query_takes_every_paper_of_its_categories() -> None:
    index = TopicIndex([make_topic(None, "all of cs.CL"), make_topic(None, "all of cs.LG", ("cs.LG",))])
    matches = index.match(prepare_entry(ENTRY), ["cs.CL"])
    assert [(match.topic.name, match.terms) for match in matches.matched] == [("all of cs.CL", ())]


def test_only_topics_watching_one_of_the_categories_are_asked_and_keep_their_order() -> None:
    topics = [
        make_topic("ti:mathbench", "1", ("cs.LG", "cs.CL")),
        make_topic("co:x", "2", ("cs.CL",)),
        make_topic("ti:mathbench", "3", ("math.NT",)),
        make_topic(None, "4", ("cs.LG",)),
        make_topic("mathbench", "5", ("cs.LG",)),
        make_topic("galaxies AND ti:chain", "6", ("cs.CL",)),
        make_topic("co:x", "7", ("math.NT",)),
    ]
    index = TopicIndex(topics)

    def names(categories: list[str] | None) -> tuple[str, str]:
        matches = index.match(prepare_entry(ENTRY), categories)
        return "".join(m.topic.name for m in matches.matched), "".join(t.name for t in matches.pending)

    assert names(["cs.CL"]) == ("1", "26")
    assert names(["cs.LG", "cs.CL"]) == ("145", "26")
    assert names(["quant-ph"]) == ("", "")
    assert names([]) == ("", "")
    assert names(None) == ("1345", "267")


def test_no_topics_match_nothing() -> None:
    assert TopicIndex([]).match(prepare_entry(ENTRY), None) == Matches((), ())


WORDS = ["a", "ab", "abc", "b", "ba", "c", "cs"]
CATEGORIES = ["cs.CL", "cs.LG", "math.NT", "hep-th"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
ENTRIES = st.builds(
    make_entry,
    TEXTS,
    TEXTS,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple),
    st.none() | TEXTS,
)
_PHRASES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
_TERMS = st.one_of(
    st.builds(
        lambda field, phrase, star: f'{field}:"{phrase}{star}"',
        st.sampled_from([field for field in Field if field is not Field.CATEGORIES]),
        _PHRASES,
        st.sampled_from(["", "*"]),
    ),
    st.sampled_from([f"cat:{name}" for name in (*CATEGORIES, "cs.*", "c*", "hep-*", "math.N*")]),
)
QUERIES = st.recursive(
    _TERMS,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR", "ANDNOT", "ANDNOT"]), inner),
    max_leaves=6,
)


@given(st.lists(QUERIES, max_size=8), ENTRIES, st.none() | TEXTS)
def test_the_index_agrees_with_a_plain_evaluation(queries: list[str], entry: Entry, comment: str | None) -> None:
    topics = [make_topic(query, str(number)) for number, query in enumerate(queries)]
    index = TopicIndex(topics)
    for paper, prepared, feed in (
        (make_paper(entry), prepare_entry(entry), True),
        (make_paper(entry, comment), prepare_paper(make_paper(entry, comment)), False),
    ):
        matches = index.match(prepared, None)
        truths = [truth_of(topic.query.root, PlainPaper(paper), is_feed=feed) for topic in topics if topic.query]
        assert [m.topic for m in matches.matched] == [t for t, v in zip(topics, truths, strict=True) if v == 2]
        assert list(matches.pending) == [t for t, v in zip(topics, truths, strict=True) if v == 1]
        assert all(match.terms for match in matches.matched)


@given(st.lists(QUERIES, min_size=1, max_size=4), ENTRIES, st.none() | TEXTS)
def test_what_the_feed_decides_the_full_record_does_not_change(
    queries: list[str], entry: Entry, comment: str | None
) -> None:
    for query in queries:
        early = ask_entry(query, entry)
        if early is not Truth.UNKNOWN:
            assert ask_paper(query, make_paper(entry, comment)) == early


@pytest.mark.skipif(not REAL.exists(), reason="the real metadata lies beside the repository")
def test_real_entries_agree_with_a_plain_evaluation() -> None:
    queries = [
        'ti:math* OR abs:"mathematical reasoning" OR ti:theorem*',
        '"chain of thought" ANDNOT ti:survey',
        "cat:cs.* AND (ti:agent* OR abs:tool-use) ANDNOT co:withdrawn",
        'abs:"large language model*" AND (au:zhang OR au:"Fan Zhou") OR jr:nature',
    ]
    topics = [make_topic(query) for query in queries]
    index = TopicIndex(topics)
    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(400), lines, strict=False)]
    found = 0
    for row in rows:
        entry = make_entry(row["title"], row["abstract"], tuple(row["authors"]), tuple(row.get("categories", ())))
        paper = make_paper(entry, row.get("comment"))
        plain = PlainPaper(paper)
        wanted = [topic for topic in topics if topic.query and truth_of(topic.query.root, plain, is_feed=False) == YES]
        found += len(wanted)
        assert [match.topic for match in index.match(prepare_paper(paper), None).matched] == wanted
    assert found
