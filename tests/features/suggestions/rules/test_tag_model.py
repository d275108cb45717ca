"""Tags learned from an archive: terms, nearness, what speaks for a tag, and how sure that makes the model."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.note import Note
from notebot.core.model.stub import Venue
from notebot.core.note_format.title_line import parse_title_line
from notebot.features.suggestions.rules.tag_model import (
    Corpus,
    NotedPaper,
    TagModel,
    TagRecord,
    VenueHabit,
    gather,
    is_by_author,
    is_topical,
    learn_tags,
    learn_venues,
)
from notebot.features.suggestions.rules.tag_model.corpus import read_note, read_paper
from notebot.features.suggestions.rules.tag_model.neighbour_index import (
    IN_NOTES,
    TO_BELONG,
    TO_TELL_APART,
    TextIndex,
    build_index,
    nearest,
)
from notebot.features.suggestions.rules.tag_model.regression import Curve, fit_curve, fit_logistic, probability
from notebot.features.suggestions.rules.tag_model.tag_mentions import TagNames, names_of
from notebot.features.suggestions.rules.tag_model.terms import terms_of

SUBJECTS = {
    "Robotics": "robot arm gripper manipulation grasping trajectory controller tactile sensor joint",
    "Speech": "speech audio phoneme acoustic speaker voice recording waveform prosody listener",
    "GraphBased": "graph node edge neighbourhood spectral clustering adjacency laplacian vertex path",
}


def archive(size: int = 90, seed: int = 5) -> list[NotedPaper]:
    """Invented notes, each on one of three subjects; all are tagged NLP."""
    rng = random.Random(seed)
    made = []
    for number in range(1, size + 1):
        tag, words = rng.choice(sorted(SUBJECTS.items()))
        abstract = " ".join(rng.choice(words.split()) for _ in range(40)) + " we study a method and its results"
        note = Note(
            f"[Paper Note] Study {number} of {rng.choice(words.split())}, Ann Author+, arXiv'26, 2026.05",
            number,
            tags=("NLP", tag, "read-later", "One-Line Notes"),
            arxiv_id=f"2605.{number:05d}",
        )
        made.append(NotedPaper(note, abstract))
    return made


def model(noted: list[NotedPaper]) -> tuple[Corpus, TagModel]:
    record, texts = gather(noted)
    corpus = Corpus(record)
    return corpus, TagModel(corpus, learn_tags(corpus, texts))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The agents and an agent", ["agent", "agent"]),
        ("Quantization of quantized models", ["quant", "quantiz", "model"]),
        ("GAMs, ring", ["gam", "ring"]),
        ("数学的 LLM", ["数学", "学的", "llm"]),
        ("", []),
    ],
)
def test_terms_are_words_without_endings(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


def test_japanese_of_a_summary_is_left_out() -> None:
    assert terms_of("数学的 LLM", ideographs=False) == ["llm"]


def test_a_text_is_nearest_to_itself() -> None:
    texts = [Counter(terms_of(text)) for text in (*SUBJECTS.values(), *SUBJECTS.values())]
    index = TextIndex(build_index(texts))
    vector = index.vector(texts[0], IN_NOTES)
    found = index.nearest(vector, 9)
    assert [place for place, _ in found] == [0, 3]
    assert found[0][1] == pytest.approx(1.0, abs=1e-5)
    assert index.similarity(vector, 0) == pytest.approx(found[0][1])
    assert index.similarity(vector, 1) == 0.0


@given(st.lists(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 9), max_size=6), max_size=8))
def test_similarities_are_shares(texts: list[dict[str, int]]) -> None:
    index = TextIndex(build_index([Counter(text) for text in texts]))
    for text in texts:
        assert all(0 < share <= 1 for _, share in index.nearest(index.vector(text, TO_TELL_APART), len(texts)))


@given(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 1.0, 1.00001]), max_size=60), st.integers(1, 12))
def test_nearest_equals_a_full_sort_with_ties_in_order(similarities: list[float], count: int) -> None:
    ranked = sorted(enumerate(similarities), key=lambda pair: -pair[1])[:count]
    assert nearest(similarities, count) == [(place, min(value, 1.0)) for place, value in ranked if value > 0]


@given(st.data())
def test_a_large_archive_is_compared_as_a_whole_if_a_query_reads_all_its_postings(data: st.DataObject) -> None:
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    size = data.draw(st.integers(1, 120))
    vocabulary = [f"t{number}" for number in range(data.draw(st.integers(2, 60)))]

    def text() -> Counter[str]:
        # Zipf's law, so that some terms are in most texts and some in two; texts that are equal make ties
        return Counter(vocabulary[int(len(vocabulary) ** rng.random()) - 1] for _ in range(rng.randint(0, 30)))

    texts = [text() for _ in range(size)]
    texts += rng.choices(texts, k=size // 4)
    record = build_index(texts)
    scanned, chosen = TextIndex(record), TextIndex(record, scan_up_to=0)
    query = rng.choice(texts) if rng.random() < 0.3 else text()
    power, count = rng.choice((TO_TELL_APART, TO_BELONG)), rng.randint(1, 12)
    but = rng.sample(range(len(texts)), k=min(len(texts), rng.randint(0, 3)))
    boosted = rng.sample(range(len(texts)), k=rng.randint(0, len(texts)))
    vector = scanned.vector(query, power)
    # equal cosines may be rounded differently, so their texts may change places
    expected = [similarity for _, similarity in scanned.nearest(vector, count, but, boosted)]
    found = chosen.nearest(vector, count, but, boosted)
    assert [similarity for _, similarity in found] == pytest.approx(expected)
    for place, similarity in found:
        assert place not in but
        cosine = scanned.similarity(vector, place) * (2.0 if place in boosted else 1.0)
        assert similarity == pytest.approx(min(cosine, 1.0))


def test_a_query_reads_the_strongest_postings_of_a_large_archive() -> None:
    rng = random.Random(7)
    subjects = [[f"s{subject}w{number}" for number in range(12)] for subject in range(60)]
    common = [f"common{number}" for number in range(20)]
    # 6,000 texts, 100 on each subject, which share their frequent words with all others
    texts = [Counter([*rng.choices(subjects[place % 60], k=4), *rng.choices(common, k=8)]) for place in range(6_000)]
    record = build_index(texts)
    index = TextIndex(record)
    assert len(record.posting_places) < len(record.text_terms)
    for place in range(0, 6_000, 250):
        nearest_texts = index.nearest(index.vector(texts[place], TO_TELL_APART), 30, [place])
        assert all(other % 60 == place % 60 for other, _ in nearest_texts)
        assert len(nearest_texts) == 30
        # the cosines are those of all terms, not only of the postings that were read
        assert all(
            index.similarity(index.vector(texts[place], TO_TELL_APART), other) == pytest.approx(similarity)
            for other, similarity in nearest_texts
        )


def test_an_empty_archive_knows_nothing() -> None:
    corpus, tags = model([])
    text = read_paper("A Title", "An abstract")
    assert tags.scores(text, corpus.near(corpus.index.vector(text.counts(), TO_TELL_APART))) == []
    assert tags.record == TagRecord()


@pytest.mark.parametrize(
    ("note", "abstract", "terms"),
    [
        (Note("T", body="# URL\nx\n# Abstract\n- Robots grasp.\n# Summary\nz"), "", ["robot", "grasp"]),
        (Note("T", body="# Abstract\n- Robots.", summary="s"), "Speech", ["speech"]),
        (Note("T", summary="ロボットの GPT"), "", ["gpt"]),
        (Note("T", body="plain words"), "", ["plain", "word"]),
        (Note("T"), "", []),
    ],
)
def test_a_note_is_read_by_the_best_text_there_is(note: Note, abstract: str, terms: list[str]) -> None:
    assert read_note(NotedPaper(note, abstract), parse_title_line(note.title_line)).abstract == terms


def test_a_paper_gets_the_tags_of_its_subject_with_score_and_reason() -> None:
    corpus, tags = model(archive())
    text = read_paper("A tactile sensor", "robot gripper grasping controller trajectory joint")
    found = tags.scores(text, corpus.near(corpus.index.vector(text.counts(), TO_TELL_APART)))
    by_tag = {one.tag: one for one in found}
    assert [one.tag for one in found[:2]] == ["NLP", "Robotics"]
    assert by_tag["Robotics"].score > 0.8
    assert all(by_tag[tag].score < 0.5 for tag in SUBJECTS if tag != "Robotics" and tag in by_tag)
    assert by_tag["Robotics"].why == "10 of the 10 nearest notes"


def test_tags_of_work_and_depth_are_never_learned() -> None:
    record, _ = gather(archive(6))
    assert set(record.tags) <= {"NLP", *SUBJECTS}


@pytest.mark.parametrize("tag", ["read-later", "Pocket", "selected papers/blogs", "In-Depth Notes", "Blog"])
def test_workflow_depth_and_media_are_no_topics(tag: str) -> None:
    assert not is_topical(tag)


def test_a_named_tag_says_so() -> None:
    corpus, tags = model([*archive(), NotedPaper(Note("Old One", 900, tags=("ToolUse",)))])
    for title, abstract, why in (
        ("Tool Use for Robots", "", "named in the title"),
        ("Robots", "They learn tool use.", "named in the abstract"),
    ):
        text = read_paper(title, abstract)
        found = tags.scores(text, corpus.near(corpus.index.vector(text.counts(), TO_TELL_APART)))
        assert next(one.why for one in found if one.tag == "ToolUse").endswith(why)


def test_a_twin_of_a_note_does_not_vouch_for_it() -> None:
    lone = NotedPaper(Note("Odd One", 900, tags=("Odd",), arxiv_id="2601.00001"), "zebra crossing stripes")
    record, texts = gather([*archive(), lone, lone])
    corpus = Corpus(record)
    assert corpus.places_of("2601.00001") == [90, 91]
    assert corpus.places_of(None) == []
    assert learn_tags(corpus, texts).weights


def test_a_note_from_the_queue_has_two_votes() -> None:
    noted = [NotedPaper(Note("A", 1, tags=("X",)), "robot arm", kept=True), NotedPaper(Note("B", 2), "robot arm")]
    assert Corpus(gather(noted)[0]).weights == [2.0, 1.0]


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("ReinforcementLearning", (("reinforcement", "learn"),)),
        ("PEFT(Adaptor/LoRA)", (("peft",), ("adaptor",), ("lo", "ra"))),
        ("Test-Time Scaling", (("test", "time", "scal"),)),
        ("(/)", ()),
    ],
)
def test_a_tag_has_the_names_it_is_written_with(tag: str, names: tuple[tuple[str, ...], ...]) -> None:
    assert names_of(tag) == names


def test_names_are_found_in_order_and_scattered() -> None:
    names = TagNames(["ToolUse", "Safety"])
    found = names.find(terms_of("Safety first"), terms_of("tool use and tool use; a useful tool"))
    assert found[0].in_abstract == 2
    assert found[1].in_title
    assert names.scattered(0, {"use", "tool"})
    assert not names.scattered(0, {"tool"})


def test_a_regression_finds_what_decides() -> None:
    rng = random.Random(3)
    rows = [(rng.random(), rng.random()) for _ in range(400)]
    weights = fit_logistic(rows, [row[0] > 0.5 for row in rows])
    assert weights[1] > 5 > abs(weights[2])
    assert probability(weights, (0.95, 0.5)) > 0.9
    assert probability(weights, (0.05, 0.5)) < 0.1
    assert fit_logistic([], []) == ()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_a_curve_never_falls(seen: list[tuple[float, bool]]) -> None:
    curve = fit_curve([score for score, _ in seen], [good for _, good in seen])
    shares = [curve.at(step / 20) for step in range(21)]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1


def test_a_curve_without_points_leaves_a_score_alone() -> None:
    assert Curve().at(0.3) == 0.3
    assert Curve((0.2, 0.4), (0.0, 1.0)).at(0.3) == pytest.approx(0.5)


def venue_note(venue: str, *tags: str) -> Note:
    return Note(f"[Paper Note] A Title, Ann Author+, {venue}, 2026.05", tags=tags)


def test_venue_tags_are_distinguished_from_topics_of_the_same_name() -> None:
    notes = [venue_note("ICLR'26 Workshop", "NLP", "ICLR", "Workshop")] * 4
    notes += [venue_note("NLP'26", "NLP"), venue_note("arXiv'26", "NLP"), venue_note("ACL'26", "NLP")]
    habit = learn_venues(notes)
    assert habit.tags == ("ICLR", "Workshop")
    assert habit.share == pytest.approx(5 / 6)
    assert habit.score(Venue("ICLR'26", "ICLR", 2026, "Workshop"))[0][1] == pytest.approx((4 + 5 / 3) / 6)
    assert [tag for tag, _ in habit.score(Venue("ICLR'26", "ICLR", 2026, "Oral Workshop"))] == ["ICLR", "Workshop"]
    assert habit.score(Venue("arXiv'26", "arXiv", 2026)) == []
    assert habit.score(Venue("NAACL'26", "NAACL", 2026)) == [("NAACL", habit.share)]


def test_an_archive_that_tags_no_venue_gets_none() -> None:
    habit = learn_venues([venue_note("ICLR'26", "NLP")])
    assert habit.score(Venue("ICLR'26", "ICLR", 2026)) == []
    assert learn_venues([]) == VenueHabit()


@pytest.mark.parametrize(
    ("handle", "author", "spelled"),
    [
        ("akariasai", "Akari Asai", True),
        ("gneubig", "Graham Neubig", True),
        ("jyo_pari", "Jyothish Pari", True),
        ("HeMuyu0327", "Muyu He", True),
        ("sharonyixuanli", "Yixuan Li", True),
        ("neubig.bsky.social", "Graham Neubig", False),
        ("gneubig@mastodon.example", "Graham Neubig", True),
        ("rosinality", "Ann Author", False),
        ("gm8xx8", "Ge Zhang", False),
        ("dair_ai", "Elvis Dair", False),
        ("plato", "Plato", False),
        ("", "Ann Author", False),
    ],
)
def test_a_handle_that_spells_an_author(handle: str, author: str, spelled: bool) -> None:
    assert is_by_author(handle, ["No One", author]) is spelled


def test_words_of_a_neighbours_tag_that_stand_apart_speak_for_it() -> None:
    noted = [NotedPaper(Note(f"Study {number}", number, tags=("ToolUse", "NLP")), "tool use") for number in range(8)]
    corpus, tags = model([*archive(), *noted])
    scores = []
    for abstract in ("a tool of much use", "a tool of much worth"):
        text = read_paper("Study", abstract)
        near = corpus.near(corpus.index.vector(text.counts(), TO_TELL_APART))
        scores.append(next(one.score for one in tags.scores(text, near) if one.tag == "ToolUse"))
    assert scores[0] >= scores[1]
