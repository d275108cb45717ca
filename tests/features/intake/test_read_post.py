"""From the address of a post to its papers, with the services and searches played by small stand-ins."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from notebot.core.model.errors import InvalidRefError, RefusedError, UnavailableError
from notebot.core.model.paper import Paper, SearchPage
from notebot.core.model.post import Post, Service
from notebot.features.intake.read_post import PostReader, PostReading
from notebot.features.intake.rules.paper_mentions import FoundIn, PaperMention, is_short, titles_to_search

X = "https://x.com/someone/status/1942610771915202590"
BLUESKY = "https://bsky.app/profile/author.example/post/3kaheyt6vpc22"
ABS = "https://arxiv.org/abs/2504.02807"
TITLE = "Measuring What a Small Model Remembers"
AT = datetime(2025, 4, 3, tzinfo=UTC)


def paper(arxiv_id: str, title: str) -> Paper:
    return Paper(arxiv_id, 1, title, ("A. Uthor",), "Text.", ("cs.CL",), AT, AT)


@dataclass
class Service0:
    """Gives every post what the test says of it; nothing means that it is not fetched."""

    told: Callable[[Post], Post] = lambda post: replace(post, reason="The service is closed.")
    asked: list[Post] = field(default_factory=list)

    def read(self, post: Post) -> Post:
        self.asked.append(post)
        return self.told(post)


@dataclass
class Links:
    """Knows where short links lead; any other cannot be asked."""

    leads: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def expand(self, url: str) -> str:
        self.asked.append(url)
        if url not in self.leads:
            raise RefusedError("It cannot be asked.")
        return self.leads[url]


@dataclass
class Search:
    """Finds the same papers for every query."""

    papers: tuple[Paper, ...] = ()
    fails: bool = False
    asked: list[str] = field(default_factory=list)

    def search(self, query: str, start: int, size: int) -> SearchPage:
        self.asked.append(query)
        if self.fails:
            raise UnavailableError("arXiv's API cannot be reached.")
        return SearchPage(len(self.papers), self.papers)


def giving(text: str | None = None, links: tuple[str, ...] = (), titles: tuple[str, ...] = ()) -> Service0:
    return Service0(lambda post: replace(post, text=text, links=links, titles=titles, fetched=True, reason=None))


def read(
    url: str,
    told: str = "",
    service: Service0 | None = None,
    links: Links | None = None,
    search: Search | None = None,
    **options: bool,
) -> PostReading:
    return PostReader(service or Service0(), links or Links(), search, **options).read(url, told)


def found(reading: PostReading) -> list[tuple[str, FoundIn]]:
    return [(str(mention.arxiv_id), mention.found_in) for mention in reading.papers]


def test_papers_are_found_in_links_text_and_typed_text() -> None:
    service = giving("Also [2501.00001] and arXiv:2501.00002v3", (f"{ABS}?a=1", "https://code.example/x"))
    reading = read(BLUESKY, "and https://alphaxiv.org/abs/2501.00003, 2501.00004 too; https://more.example/", service)
    assert found(reading) == [
        ("2504.02807", FoundIn.LINK),
        ("2501.00003", FoundIn.LINK),
        ("2501.00001", FoundIn.TEXT),
        ("2501.00002v3", FoundIn.TEXT),
        ("2501.00004", FoundIn.TYPED),
    ]
    assert reading.links == ("https://code.example/x", "https://more.example/")
    assert reading.papers[0].evidence == f"{ABS}?a=1"
    assert reading.papers[2].evidence == "Also [2501.00001] and arXiv:2501.00002v3"
    assert (reading.remarks, any(mention.is_guess for mention in reading.papers)) == ((), False)


def test_a_paper_that_is_named_twice_counts_once_by_its_surest_mention() -> None:
    reading = read(BLUESKY, "2504.02807", giving("see 2504.02807v2", (ABS,)))
    assert found(reading) == [("2504.02807", FoundIn.LINK)]


def test_truncated_links_name_no_paper() -> None:
    cut = "arxiv.org/abs/1412.1234… https://arxiv.org/abs/2504.02807… 2501.00001... ok 2501.00002"
    assert found(read(BLUESKY, "", giving(cut))) == [("2501.00002", FoundIn.TEXT)]
    assert read(BLUESKY, "https://cut.example/abc…").links == ()


@pytest.mark.parametrize(
    "told",
    [
        "これはすごい…https://arxiv.org/abs/2504.02807",
        "すごい論文...arXiv:2504.02807",
        "so…2504.02807 と…",
        "x...https://arxiv.org/pdf/2504.02807",
    ],
)
def test_text_after_an_ellipsis_is_not_part_of_the_truncated_word(told: str) -> None:
    assert [str(one.arxiv_id) for one in read(BLUESKY, told).papers] == ["2504.02807"]


def test_short_links_are_expanded_even_if_one_leads_to_another() -> None:
    links = Links(
        {"https://t.co/a": "https://bit.ly/b", "https://bit.ly/b": ABS, "https://t.co/c": "https://c.example/"}
    )
    reading = read(X, "https://t.co/c", giving("x", ("https://t.co/a",)), links)
    assert found(reading) == [("2504.02807", FoundIn.LINK)]
    assert (reading.links, reading.remarks) == (("https://c.example/",), ())
    assert links.asked == ["https://t.co/a", "https://bit.ly/b", "https://t.co/c"]


def test_a_short_link_that_cannot_be_asked_stays_and_is_named() -> None:
    reading = read(BLUESKY, "", giving("x", ("https://t.co/a", ABS)))
    assert reading.links == ("https://t.co/a",)
    assert reading.remarks == ("The target of https://t.co/a is unknown: It cannot be asked.",)
    assert found(reading) == [("2504.02807", FoundIn.LINK)]


def test_a_short_link_that_leads_to_a_trick_or_in_a_circle_stays_short() -> None:
    trick = read(BLUESKY, "https://t.co/a", links=Links({"https://t.co/a": "javascript:alert(1)"}))
    assert trick.links == ("https://t.co/a",)
    circle = Links({"https://t.co/a": "https://t.co/b", "https://t.co/b": "https://t.co/a"})
    assert read(BLUESKY, "https://t.co/a", links=circle).links == ("https://t.co/b",)
    assert len(circle.asked) == 3


def test_the_number_of_expanded_links_per_post_is_limited() -> None:
    links = Links({f"https://t.co/{number}": f"https://a.example/{number}" for number in range(50)})
    reading = read(BLUESKY, " ".join(links.leads), links=links)
    assert (len(links.asked), len(reading.links)) == (10, 50)


def test_a_post_that_was_not_fetched_has_the_papers_of_its_url_and_of_the_typed_text() -> None:
    reading = read(X + "?s=46&t=Yz", f"see {ABS}")
    assert (reading.post.fetched, reading.post.reason) == (False, "The service is closed.")
    assert (reading.post.url, reading.post.handle, reading.post.text) == (X, "someone", None)
    assert reading.post.posted_at is not None
    assert found(reading) == [("2504.02807", FoundIn.LINK)]


def test_a_papers_page_names_it_by_its_own_address() -> None:
    assert found(read("https://huggingface.co/papers/2504.02807")) == [("2504.02807", FoundIn.URL)]
    page = read(ABS)
    assert (page.post.service, found(page)) == (Service.PAGE, [("2504.02807", FoundIn.URL)])


def test_a_page_is_not_a_post_but_text_typed_about_it_is_searched() -> None:
    reading = read("https://blog.example/a", "arXiv:2504.02807")
    assert (reading.post.service, reading.post.url) == (Service.PAGE, "https://blog.example/a")
    assert found(reading) == [("2504.02807", FoundIn.TYPED)]


def test_a_short_link_to_a_post_is_followed_to_it() -> None:
    reading = read("https://t.co/a", links=Links({"https://t.co/a": f"{X}?s=20"}))
    assert reading.post.key == "x:1942610771915202590"


@pytest.mark.parametrize("url", ["", "2504.02807", "file:///etc/passwd", "https://u:p@x.com/a/status/1", "https://"])
def test_text_that_is_not_a_web_address_is_rejected(url: str) -> None:
    with pytest.raises(InvalidRefError, match="not a web address"):
        read(url)


def test_share_parameters_are_kept_when_the_curator_wants_them() -> None:
    assert read(f"{X}?s=46&t=Yz", strip_share=False).post.url == f"{X}?s=46&t=Yz"


def test_words_on_x_are_read_but_not_kept() -> None:
    words = "New: 2504.02807"
    reading = read(X, "", giving(words))
    assert found(reading) == [("2504.02807", FoundIn.TEXT)]
    assert (reading.post.text, reading.post.fetched) == (None, True)
    assert reading.papers[0].evidence == ""
    assert read(BLUESKY, "", giving(words)).post.text == words


def test_a_title_is_searched_only_where_nothing_else_names_a_paper_and_is_a_guess() -> None:
    search = Search((paper("2501.00009", "Another Title"), paper("2504.02807", f"{TITLE}: A Study")))
    reading = read(BLUESKY, "", giving("Out now!", titles=(f"[2504.02807] {TITLE} | Some Site",)), search=search)
    mention = reading.papers[0]
    assert (str(mention.arxiv_id), mention.found_in, mention.is_guess) == ("2504.02807", FoundIn.TITLE, True)
    assert search.asked == ['ti:"measuring what a small model remembers"']
    named = Search((paper("2504.02807", TITLE),))
    read(BLUESKY, ABS, giving("x", titles=(TITLE,)), search=named)
    assert named.asked == []


def test_a_title_that_finds_only_others_finds_nothing() -> None:
    search = Search((paper("2501.00009", f"On {TITLE}"),))
    assert read(BLUESKY, f"「{TITLE}」", search=search).papers == ()
    assert read(BLUESKY, f"「{TITLE}」").papers == ()


def test_a_search_that_fails_is_named() -> None:
    reading = read(BLUESKY, f"Title: {TITLE}", search=Search(fails=True))
    assert reading.papers == ()
    assert reading.remarks == (f'The title "{TITLE}" could not be searched: arXiv\'s API cannot be reached.',)


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (f"Our paper “{TITLE}” is out", (TITLE,)),
        (f'Our paper "{TITLE}" is out', (TITLE,)),
        (f"論文『{TITLE}』を読む", (TITLE,)),
        (f"📄 Title: {TITLE}\nmore", (TITLE,)),
        (f"論文：{TITLE}", (TITLE,)),
        ("He said “too short”", ()),
        ("“" + "word " * 200 + "”", ()),
        ("", ()),
    ],
)
def test_titles_are_looked_for_where_people_put_them(text: str, titles: tuple[str, ...]) -> None:
    post = Post(Service.BLUESKY, None, "1", BLUESKY, text=text)
    assert titles_to_search(post) == titles


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        (f"{TITLE} - arXiv", TITLE),
        (f"Paper page - {TITLE}", TITLE),
        (f"[2504.02807] {TITLE}", TITLE),
        (f"{TITLE} – Hugging Face", TITLE),
    ],
)
def test_the_site_name_is_removed_from_a_title(title: str, bare: str) -> None:
    assert titles_to_search(Post(Service.BLUESKY, None, "1", BLUESKY, titles=(title,))) == (bare,)


@pytest.mark.parametrize(
    ("link", "short"),
    [
        ("https://t.co/AbC", True),
        ("HTTP://WWW.BIT.LY/x", True),
        ("https://lnkd.in:443/x", True),
        ("https://t.co/", False),
        ("https://not.t.co/x", False),
        ("https://t.co.example/x", False),
        ("https://arxiv.org/abs/1", False),
    ],
)
def test_shorteners_are_known_by_their_host(link: str, short: bool) -> None:
    assert is_short(link) is short


@pytest.mark.parametrize("unit", ["“", '"', "「a", "Title: ", "\n", "2504.0…", "https://t.co/", "a " * 50 + "…"])
@pytest.mark.slow
def test_highly_repetitive_text_is_read_quickly(unit: str) -> None:
    words = unit * (200_000 // len(unit))
    assert read(BLUESKY, words, giving(words), search=Search()).papers == ()


def test_a_paper_in_the_url_is_not_a_guess() -> None:
    mention = read(ABS).papers[0]
    assert isinstance(mention, PaperMention)
    assert not mention.is_guess
