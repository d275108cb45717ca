"""Suggestions on stubs: what stands plain, what is a guess, what the curator keeps, and when learning is done again."""

import random
from dataclasses import dataclass, field
from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from fakes import DAY, entry
from notebot.core.model.note import Note
from notebot.core.model.stub import Curator, Stub, TagEvidence, Venue
from notebot.core.note_format.title_line import parse_title_line
from notebot.features.suggestions.rules.tag_model import AnnouncedTerms, NotedPaper, count_terms
from notebot.features.suggestions.suggest import (
    Learned,
    Suggester,
    TagLimits,
    announced_lately,
    learn,
    recall,
)
from notebot.store.store import DatabaseStore

SUBJECTS = {
    "Robotics": "robot arm gripper manipulation grasping trajectory controller tactile sensor joint",
    "Speech": "speech audio phoneme acoustic speaker voice recording waveform prosody listener",
}


def archive(size: int = 80) -> list[NotedPaper]:
    rng = random.Random(1)
    made = []
    for number in range(1, size + 1):
        tag, words = rng.choice(sorted(SUBJECTS.items()))
        line = f"[Paper Note] Study {number} of {rng.choice(words.split())}, Ann Author+, ICLR'26, 2026.05"
        abstract = " ".join(rng.choice(words.split()) for _ in range(30))
        made.append(NotedPaper(Note(line, number, tags=("NLP", tag, "ICLR"), arxiv_id=f"2605.{number:05d}"), abstract))
    return made


ROBOT = Stub(
    key="arxiv:2605.99999",
    arxiv_id="2605.99999",
    version=1,
    url="https://arxiv.org/abs/2605.99999",
    title="A tactile gripper",
    authors=("Graham Neubig", "Ann Author"),
    abstract="A robot arm with a gripper, a tactile sensor and a controller for grasping.",
    categories=("cs.RO",),
)


@dataclass
class FakeCache:
    """Keeps what was learned in memory."""

    held: Learned | None = None
    saved: list[str] = field(default_factory=list)

    def load(self) -> Learned | None:
        return self.held

    def save(self, learned: Learned) -> None:
        self.held = learned
        self.saved.append(learned.fingerprint)


DEFAULTS = TagLimits()


def suggest(stub: Stub, limits: TagLimits = DEFAULTS, notes: list[NotedPaper] | None = None) -> Stub:
    return Suggester(learn("x", archive() if notes is None else notes), limits).suggest(stub).stub


def test_tags_are_in_the_archive_order_with_score_and_reason() -> None:
    stub = suggest(ROBOT)
    assert stub.tags == ("NLP", "Robotics")
    assert [one.tag for one in stub.tag_evidence] == ["NLP", "Robotics"]
    assert all(one.sure and one.score >= 0.8 for one in stub.tag_evidence)
    assert stub.tag_evidence[1].why == "10 of the 10 nearest notes"


def test_what_is_not_sure_is_a_guess() -> None:
    stub = suggest(ROBOT, TagLimits(min_score=0.5, sure=1.1))
    assert stub.tags
    assert not any(one.sure for one in stub.tag_evidence)


def test_no_more_suggestions_than_wanted_and_topic_tags_are_not_counted() -> None:
    topic = TagEvidence("Mathematics", 1.0, True, "topic Mathematics")
    stub = suggest(replace(ROBOT, tags=("Mathematics",), tag_evidence=(topic,)), TagLimits(max=1))
    assert len(stub.tags) == 2
    assert topic in stub.tag_evidence


def test_earlier_suggestions_are_replaced_and_a_topic_tag_keeps_its_reason() -> None:
    old = TagEvidence("Old", 0.6, False, "3 of the 10 nearest notes")
    topic = TagEvidence("Robotics", 1.0, True, "topic Robots")
    stub = suggest(replace(ROBOT, tags=("Robotics", "Old"), tag_evidence=(topic, old)))
    assert "Old" not in stub.tags
    assert [one.why for one in stub.tag_evidence if one.tag == "Robotics"] == ["topic Robots"]
    assert suggest(stub) == stub


def test_a_venue_gives_its_tag_where_the_archive_tags_venues() -> None:
    stub = suggest(replace(ROBOT, venue=Venue("ICLR'26", "ICLR", 2026)))
    evidence = next(one for one in stub.tag_evidence if one.tag == "ICLR")
    assert evidence.sure
    assert evidence.why == "venue ICLR'26"
    assert "ICLR" not in suggest(ROBOT).tags


@pytest.mark.parametrize(("handle", "guessed"), [("gneubig", True), ("rosinality", False)])
def test_the_poster_may_be_an_author(handle: str, guessed: bool) -> None:
    stub = suggest(replace(ROBOT, posts=(f"https://x.com/{handle}/status/1234567890123456789",)))
    found = [one for one in stub.tag_evidence if one.tag == "Author Thread-Post"]
    assert [(one.sure, one.why) for one in found] == ([(False, "posted by gneubig")] if guessed else [])


def test_what_the_curator_chose_stays() -> None:
    curator = Curator(comment="mine", tags=("My Tag",), related=(3,))
    assert suggest(replace(ROBOT, curator=curator)).curator == curator


def test_a_paper_of_the_archive_is_judged_by_the_other_notes() -> None:
    noted = archive()
    suggester = Suggester(learn("x", noted), TagLimits())
    own = replace(ROBOT, arxiv_id="2605.00001", title=parse_title_line(noted[0].note.title_line).title)
    own = replace(own, abstract=noted[0].abstract)
    suggested = suggester.suggest(own)
    assert 1 not in [one.number for one in suggested.stub.related]
    assert len(suggested.stub.related) == 5
    assert suggested.nearness < suggester.suggest(replace(own, arxiv_id="2605.99999")).nearness


def test_nearness_is_higher_for_what_the_archive_is_about() -> None:
    suggester = Suggester(learn("x", archive()), TagLimits())
    other = replace(ROBOT, title="Salt", abstract="Ocean water flows deep below")
    assert 1 >= suggester.suggest(ROBOT).nearness > suggester.suggest(other).nearness >= 0


def announced(words: str, papers: int) -> AnnouncedTerms:
    rng = random.Random(2)
    return count_terms((f"On {word}", " ".join(rng.choices(words.split(), k=20))) for word in ["it"] * papers)


def test_what_all_announcements_have_in_common_brings_a_paper_no_nearer() -> None:
    learned, speech = learn("x", archive(120)), replace(ROBOT, title="A voice", abstract=f"{SUBJECTS['Speech']} study")
    plain = Suggester(learned, TagLimits())
    seen = Suggester(learned, TagLimits(), announced=announced(f"{SUBJECTS['Robotics']} {ROBOT.abstract}", 300))
    assert seen.suggest(ROBOT).nearness < plain.suggest(ROBOT).nearness
    assert seen.suggest(speech).nearness > plain.suggest(speech).nearness
    assert seen.suggest(speech).nearness <= 1


@pytest.mark.parametrize(("notes", "papers"), [(120, 199), (99, 300)])
def test_of_few_notes_or_announcements_no_picture_is_made(notes: int, papers: int) -> None:
    learned = learn("x", archive(notes))
    few = Suggester(learned, TagLimits(), announced=announced(ROBOT.abstract, papers))
    assert few.suggest(ROBOT) == Suggester(learned, TagLimits()).suggest(ROBOT)


def test_where_only_titles_are_known_their_words_count_less() -> None:
    learned, known = learn("x", archive(120)), announced(f"{SUBJECTS['Robotics']} {ROBOT.abstract}", 300)
    plain, full, titles = (
        Suggester(learned, TagLimits(), announced=terms).suggest(ROBOT).nearness
        for terms in (None, known, replace(known, share_with_abstract=0.0))
    )
    assert full < titles < plain
    assert full / plain == pytest.approx((titles / plain) ** 2, rel=0.05)


def test_the_latest_announcements_are_counted(store: DatabaseStore) -> None:
    corpus = learn("x", archive(10)).corpus
    assert announced_lately(store.announcements, corpus) == AnnouncedTerms()
    first = entry("2605.00001", title="A robot", abstract="The arm of the robot.")
    store.announcements.file("cs.RO", [first, entry("2605.00002", title="Robots", abstract="")], DAY, "feed")
    assert announced_lately(store.announcements, corpus) == AnnouncedTerms(2, {"robot": 2, "arm": 1})


def test_of_many_announcements_the_latest_count(store: DatabaseStore) -> None:
    days = {day: [entry(f"26050{day}.00001", announced_on=date(2026, 5, day))] for day in (11, 13, 12)}
    for day, entries in days.items():
        store.announcements.file("cs.RO", entries, date(2026, 5, day), "feed")
    assert [one.announced_on.day for one in store.announcements.latest(2)] == [13, 12]


@pytest.mark.parametrize(("told", "arms"), [(0.0, 0), (0.5, 2), (0.75, 3), (1.0, 4)])
def test_abstracts_are_read_of_as_many_papers_as_of_notes(told: float, arms: int) -> None:
    counted = count_terms([("A robot", "Its arm.")] * 4, told)
    assert (counted.papers, counted.spread.get("robot"), counted.spread.get("arm", 0)) == (4, 4, arms)


def test_the_archive_knows_of_how_many_notes_more_than_the_title_is_known() -> None:
    noted = [replace(one, abstract="") if number % 4 else one for number, one in enumerate(archive(20))]
    assert learn("x", noted).corpus.share_with_abstract == 0.25


@pytest.mark.parametrize("size", [0, 1, 4])
def test_too_few_notes_teach_no_tags(size: int) -> None:
    stub = suggest(ROBOT, notes=archive(size))
    assert stub.tags == ()


def test_what_was_learned_survives_the_cache() -> None:
    learned = learn("x", archive())
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(learned), type=Learned)
    assert again == learned
    assert Suggester(again, TagLimits()).suggest(ROBOT) == Suggester(learned, TagLimits()).suggest(ROBOT)


def test_each_revision_of_the_archive_is_learned_once() -> None:
    cache, asked = FakeCache(), []

    def noted() -> list[NotedPaper]:
        asked.append(1)
        return archive()

    for revision in ("1", "1", "2", "2", "1"):
        recall(cache, revision, noted)
    assert len(asked) == len(cache.saved) == 3
    assert len(set(cache.saved)) == 2
