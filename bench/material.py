"""What the bench feeds to notebot and its peers: generated feeds, topics and stores, and the real day if there."""

import gzip
import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "arxiv" / "meta.jsonl.gz"
DAY = date(2026, 5, 12)
CATEGORIES = ("cs.CL", "cs.LG", "cs.AI", "cs.CV", "cs.IR")


def words(seed: int = 7) -> list[str]:
    """20,000 distinct invented words; with :func:`text` they fall as the words of a natural text do."""
    rng = random.Random(seed)
    syllables = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
    made = [first + second + third for first in syllables for second in syllables for third in ("", *syllables[::16])]
    rng.shuffle(made)
    return made[:20_000]


def text(rng: random.Random, vocabulary: list[str], count: int) -> str:
    """``count`` words, frequent ones first; ranks by Zipf's law."""
    return " ".join(vocabulary[int(len(vocabulary) ** rng.random()) - 1] for _ in range(count))


def feed(count: int, day: date = DAY, first: int = 1, category: str = "cs.CL") -> bytes:
    """An announcement feed in arXiv's shape, about 1,400 characters of abstract an entry."""
    rng, vocabulary = random.Random(first), words()
    entries = []
    for number in range(first, first + count):
        name = f"{day:%y%m}.{number % 100_000:05d}"
        kind = rng.choice(("new", "new", "cross", "replace"))
        authors = ", ".join(f"{chr(65 + rng.randrange(26))}. {rng.choice(vocabulary).title()}" for _ in range(5))
        entries.append(
            f"<entry><id>oai:arXiv.org:{name}v1</id><title>{escape(text(rng, vocabulary, 10).title())}</title>"
            f'<link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>'
            f"<summary>arXiv:{name}v1 Announce Type: {kind} \nAbstract: {escape(text(rng, vocabulary, 215))}</summary>"
            f'<category term="{category}"/><category term="{rng.choice(CATEGORIES)}"/>'
            f"<published>{day:%Y-%m-%d}T00:00:00-04:00</published>"
            f"<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>{authors}</dc:creator></entry>"
        )
    head = (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns="http://www.w3.org/2005/Atom"><id>http://rss.arxiv.org/atom/{category}</id>'
        f"<title>{category} updates on arXiv.org</title><updated>{day:%Y-%m-%d}T04:00:19+00:00</updated>"
    )
    return (head + "".join(entries) + "</feed>").encode()


def api_answer(count: int) -> bytes:
    """An answer of the query API with ``count`` papers, for the parsers side by side."""
    rng, vocabulary = random.Random(3), words()
    entries = []
    for number in range(1, count + 1):
        at = (datetime(2026, 5, 11, tzinfo=UTC) + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        entries.append(
            f"<entry><id>http://arxiv.org/abs/2605.{number:05d}v1</id><title>{text(rng, vocabulary, 10)}</title>"
            f"<updated>{at}</updated><summary>{text(rng, vocabulary, 215)}</summary><published>{at}</published>"
            '<category term="cs.CL"/><arxiv:primary_category term="cs.CL"/><author><name>A. Author</name></author>'
            f'<link href="https://arxiv.org/abs/2605.{number:05d}v1" rel="alternate" type="text/html"/></entry>'
        )
    head = (
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">'
        "<id>https://arxiv.org/api/x</id><title>arXiv Query</title>"
        f"<opensearch:totalResults>{count}</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex>"
    )
    return (head + "".join(entries) + "</feed>").encode()


def queries(count: int) -> list[str]:
    """Topic queries as people write them: a few terms, a phrase, a prefix, an exclusion."""
    rng, vocabulary = random.Random(11), words()
    rare = vocabulary[200:]
    made = []
    for _ in range(count):
        a, b, c, d = (rng.choice(rare) for _ in range(4))
        made.append(f'(ti:{a} OR abs:"{b} {c}" OR ti:{d}*) ANDNOT abs:{rng.choice(rare)}')
    return made


def real_day() -> list[dict[str, object]] | None:
    """The records announced on 2026-05-12 that have categories, where ``../shared`` is at hand."""
    if not SHARED.exists():
        return None
    with gzip.open(SHARED, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [r for r in records if r.get("announced") == DAY.isoformat() and r.get("categories")]
