"""Post services against servers that answer in the shapes of the real ones."""

import json
import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from growth import grows_linearly, repeated
from notebot.core.model.post import Post, TimeSource
from notebot.core.model.post_address import parse_post
from notebot.core.net.client import Http
from notebot.core.net.guard import Guard
from notebot.features.intake.adapters.post_services import PostServices, ServiceUrls
from notebot.features.intake.adapters.post_services.post_html import find_full_links, read_post_html, safe_links
from paths import REAL_DATA
from servers.loopback import Handler, Loopback, answer

AGENT = "notebot/9 (+mailto:curator@example.org)"
X = "https://x.com/someone/status/1942610771915202590"
BLUESKY = "https://bsky.app/profile/author.example/post/3kaheyt6vpc22"
MASTODON = "https://social.example/@who/110446223051565765"
HACKERNEWS = "https://news.ycombinator.com/item?id=41000001"
HUGGINGFACE = "https://huggingface.co/papers/2504.02807"
ABS = "https://arxiv.org/abs/2504.02807"


def json_answer(tree: object) -> Handler:
    return answer(json.dumps(tree), kind="application/json; charset=utf-8")


def parse(link: str) -> Post:
    post = parse_post(link)
    assert post is not None
    return post


def read(link: str, *script: Handler, x_oembed: bool = True) -> tuple[Post, Loopback]:
    """The post as read when all services are one scripted server."""
    stop = threading.Event()
    with Loopback(list(script)) as server:
        url = server.url
        services = PostServices(
            Http(AGENT, 5, 0, stop),
            Guard(AGENT, 5, stop, allow_loopback=True),
            ServiceUrls(f"{url}/oembed", f"{url}/xrpc", f"{url}/v0", f"{url}/api", url),
            x_oembed=x_oembed,
        )
        return services.read(parse(link)), server


def is_untouched(post: Post, link: str) -> bool:
    """Whether the post contains only what its URL states."""
    expected = parse(link)
    return (post.text, post.links, post.titles, post.posted_at, post.handle, post.url) == (
        None,
        (),
        (),
        expected.posted_at,
        expected.handle,
        expected.url,
    )


def x_answer(
    url: str = X, text: str = "A new paper!<br>Look: <a href='https://t.co/AbC'>https://t.co/AbC</a>"
) -> object:
    author = url.rpartition("/status/")[0]
    html = (
        f'<blockquote class="twitter-tweet"><p lang="en" dir="ltr">{text} &amp; more '
        '<a href="https://t.co/pic">pic.twitter.com/xyz</a></p>&mdash; Some One (@Some_One) '
        f'<a href="{url}?ref_src=twsrc">July 8, 2025</a></blockquote>\n'
    )
    return {"url": url, "author_name": "Some One", "author_url": author, "html": html, "height": None, "type": "rich"}


def test_x_is_not_asked_by_default() -> None:
    post, server = read(X, json_answer(x_answer()), x_oembed=False)
    assert is_untouched(post, X)
    assert (post.fetched, server.asked) == (False, [])
    assert post.reason is not None
    assert "x_oembed" in post.reason


def test_x_oembed_gives_text_and_links() -> None:
    post, server = read(X, json_answer(x_answer(X.replace("x.com", "twitter.com"))))
    assert (post.fetched, post.reason) == (True, None)
    assert post.text == "A new paper!\nLook: https://t.co/AbC & more pic.twitter.com/xyz"
    assert post.links == ("https://t.co/AbC",)
    assert (post.posted_at, post.time_by) == (
        datetime(2025, 7, 8, 15, 44, 34, 644000, tzinfo=UTC),
        TimeSource.SNOWFLAKE,
    )
    asked = urlsplit(server.asked[0].path)
    assert asked.path == "/oembed"
    assert parse_qs(asked.query) == {"url": [X], "omit_script": ["1"], "dnt": ["true"], "hide_thread": ["1"]}


def test_a_missing_handle_comes_from_oembed() -> None:
    post, _ = read("https://x.com/i/status/20", json_answer(x_answer("https://twitter.com/Some_One/status/20")))
    assert (post.handle, post.url) == ("some_one", "https://x.com/some_one/status/20")


@pytest.mark.parametrize("author", [None, 5, "http://[", "https://x.com/a/b", "https://x.com/é"])
def test_a_malformed_author_url_falls_back_to_the_post_url(author: object) -> None:
    tree = {"url": "https://x.com/a/status/20", "author_url": author, "html": "no paragraph"}
    post, _ = read("https://x.com/i/status/20", json_answer(tree))
    assert (post.handle, post.text, post.fetched) == ("a", None, True)


def bluesky_view(
    text: str = "Our paper is out!", who: str = "did:plc:author", key: str = "3kaheyt6vpc22"
) -> dict[str, object]:
    return {
        "uri": f"at://{who}/app.bsky.feed.post/{key}",
        "author": {"did": who, "handle": "author.example", "labels": []},
        "record": {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": "2023-09-28T12:49:36.735Z",
            "facets": [
                {
                    "index": {"byteStart": 0, "byteEnd": 4},
                    "features": [{"$type": "app.bsky.richtext.facet#link", "uri": f"{ABS}?from={key}"}],
                },
                {"features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:x"}]},
            ],
        },
        "indexedAt": "2023-09-28T12:49:40.000Z",
        "labels": [],
    }


def thread(view: object, **more: object) -> object:
    return {"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": view, **more}}


DID = json_answer({"did": "did:plc:author"})


def test_bluesky_gives_text_and_full_links() -> None:
    view = bluesky_view("Out now: arxiv.org/abs/2504… https://arxiv.org/abs/2504.0… https://code.example/x")
    post, server = read(BLUESKY, DID, json_answer(thread(view)))
    assert (post.fetched, post.reason, post.handle) == (True, None, "author.example")
    assert post.text == "Out now: arxiv.org/abs/2504… https://arxiv.org/abs/2504.0… https://code.example/x"
    assert post.links == (f"{ABS}?from=3kaheyt6vpc22", "https://code.example/x")
    assert (post.posted_at, post.time_by) == (datetime(2023, 9, 28, 12, 49, 36, 735000, tzinfo=UTC), TimeSource.TOLD)
    resolve, ask = (urlsplit(asked.path) for asked in server.asked)
    assert (resolve.path, resolve.query) == ("/xrpc/com.atproto.identity.resolveHandle", "handle=author.example")
    assert ask.path == "/xrpc/app.bsky.feed.getPostThread"
    assert parse_qs(ask.query)["uri"] == ["at://did:plc:author/app.bsky.feed.post/3kaheyt6vpc22"]


def test_a_did_in_the_url_needs_no_lookup() -> None:
    link = "https://bsky.app/profile/did:plc:author/post/3kaheyt6vpc22"
    post, server = read(link, json_answer(thread(bluesky_view())))
    assert (post.fetched, post.handle, post.url) == (True, "author.example", link)
    assert len(server.asked) == 1


def card(uri: str, title: str) -> dict[str, object]:
    return {"$type": "app.bsky.embed.external", "external": {"uri": uri, "title": title, "description": "…"}}


def test_bluesky_links_come_from_cards_quotes_and_own_replies() -> None:
    quoted = {"record": {"value": {**bluesky_view(key="q")["record"], "embed": card("https://q.example/c", "Q")}}}  # type: ignore[dict-item]
    main = {**bluesky_view(key="3kaheyt6vpc22"), "embed": card("https://card.example/", "A Card With a Title")}
    own = {**bluesky_view(key="r1"), "embed": {"media": card("https://media.example/", "A Card"), "record": quoted}}
    other = bluesky_view(who="did:plc:other", key="r2")
    under_other = {"post": bluesky_view(key="r3")}
    replies = [{"post": own}, {"post": other, "replies": [under_other]}, {"blocked": True}, "nonsense"]
    post, _ = read(BLUESKY, DID, json_answer(thread(main, replies=replies)))
    assert post.links == (
        f"{ABS}?from=3kaheyt6vpc22",
        "https://card.example/",
        f"{ABS}?from=r1",
        "https://media.example/",
        f"{ABS}?from=q",
        "https://q.example/c",
    )
    assert post.titles == ("A Card With a Title", "A Card")


def test_malformed_bluesky_times_leave_the_time_from_the_id() -> None:
    view = {**bluesky_view(), "indexedAt": "2023-09-28T12:49:40"}
    view["record"] = {"text": "x", "createdAt": "yesterday"}
    post, _ = read(BLUESKY, DID, json_answer(thread(view)))
    assert post.time_by is TimeSource.TID


HIDDEN = {**bluesky_view(), "author": {"did": "did:plc:author", "labels": [{"val": "!no-unauthenticated"}]}}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([answer('{"error":"InvalidRequest","message":"Unable to resolve handle"}', 400)], "deleted"),
        ([json_answer({"handle": "x"})], "account"),
        ([DID, answer('{"error":"NotFound","message":"Post not found"}', 400)], "deleted"),
        ([DID, json_answer({"thread": {"$type": "app.bsky.feed.defs#notFoundPost", "notFound": True}})], "not found"),
        ([DID, json_answer({"thread": {"$type": "app.bsky.feed.defs#blockedPost", "blocked": True}})], "blocked"),
        ([DID, json_answer(thread(HIDDEN))], "author chose"),
        ([DID, json_answer(thread(bluesky_view(key="3kotherother2")))], "other than the requested post"),
        ([DID, json_answer([])], "other than the requested post"),
    ],
)
def test_a_bluesky_post_that_is_not_returned_has_a_reason(script: list[Handler], reason: str) -> None:
    post, _ = read(BLUESKY, *script)
    assert is_untouched(post, BLUESKY)
    assert not post.fetched
    assert reason in (post.reason or "")


def mastodon_status(**more: object) -> dict[str, object]:
    content = (
        '<p><span class="h-card"><a href="https://social.example/@x" class="u-url mention">@<span>x</span></a></span> '
        f'read <a href="{ABS}" rel="nofollow"><span class="invisible">https://</span>'
        '<span class="ellipsis">arxiv.org/abs/2504.</span><span class="invisible">02807</span></a></p>'
        '<p>It is &lt;good&gt; <a href="https://social.example/tags/NLP" class="mention hashtag" rel="tag">#NLP</a></p>'
    )
    return {
        "id": "110446223051565765",
        "created_at": "2023-05-28T12:06:50.000Z",
        "spoiler_text": "",
        "account": {"acct": "Who"},
        "content": content,
        "card": None,
        **more,
    }


ROBOTS = answer(status=404, kind=None)


def test_mastodon_gives_text_and_links_without_mentions() -> None:
    post, server = read(MASTODON, ROBOTS, json_answer(mastodon_status(spoiler_text="long")))
    assert (post.fetched, post.reason, post.handle) == (True, None, "who")
    assert post.text == f"long\n\n@x read {ABS}\n\nIt is <good> #NLP"
    assert post.links == (ABS,)
    assert (post.posted_at, post.time_by) == (datetime(2023, 5, 28, 12, 6, 50, tzinfo=UTC), TimeSource.TOLD)
    assert [asked.path for asked in server.asked] == ["/robots.txt", "/api/v1/statuses/110446223051565765"]


def test_mastodon_links_come_from_cards_boosts_and_quotes() -> None:
    boosted = {"content": '<a href="https://boost.example/">https://boost.example/</a>'}
    quoted = {"content": "", "card": {"url": "https://quote.example/", "title": "A Quoted Card"}}
    mine = {"url": "https://card.example/", "title": "A Card"}
    status = mastodon_status(content="<p>so</p>", card=mine, reblog=boosted, quote={"quoted_status": quoted})
    post, _ = read(MASTODON, ROBOTS, json_answer(status))
    assert post.links == ("https://boost.example/", "https://card.example/", "https://quote.example/")
    assert post.titles == ("A Card", "A Quoted Card")


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (answer('{"error":"Record not found"}', 404, kind="application/json"), "deleted"),
        (answer('{"error":"This API requires an authenticated user"}', 401, kind="application/json"), "logged in"),
        (answer(status=429, Retry_After="60"), "slow down"),
        (answer(status=503), "out of order"),
        (answer("<html>sign in</html>", kind="text/html"), "type"),
        (answer(status=302, kind=None, Location="http://10.0.0.1/login"), "private"),
        (json_answer(mastodon_status(id="1")), "other than the requested post"),
        (answer("{", kind="application/json"), "malformed JSON"),
    ],
)
def test_a_mastodon_post_that_is_not_returned_has_a_reason(handler: Handler, reason: str) -> None:
    post, _ = read(MASTODON, ROBOTS, handler)
    assert is_untouched(post, MASTODON)
    assert not post.fetched
    assert reason in (post.reason or "")


def test_a_mastodon_server_in_a_private_network_is_not_asked() -> None:
    stop = threading.Event()
    services = PostServices(Http(AGENT, 5, 0, stop), Guard(AGENT, 5, stop), ServiceUrls(), x_oembed=False)
    post = services.read(parse("https://192.168.0.1/@who/110446223051565765"))
    assert not post.fetched
    assert "rule private" in (post.reason or "")


STORY = {
    "by": "Poster",
    "id": 41000001,
    "time": 1720000000,
    "title": "A Paper With a Long Title",
    "type": "story",
    "url": ABS,
    "text": 'see <a href="https:&#x2F;&#x2F;code.example&#x2F;repo">https:&#x2F;&#x2F;code.exam...</a><p>ok',
}


def test_hacker_news_gives_link_title_and_text() -> None:
    post, server = read(HACKERNEWS, json_answer(STORY))
    assert (post.fetched, post.handle, post.titles) == (True, "poster", ("A Paper With a Long Title",))
    assert post.links == (ABS, "https://code.example/repo")
    assert post.text == "see https://code.example/repo\n\nok"
    assert (post.posted_at, post.time_by) == (datetime.fromtimestamp(1720000000, UTC), TimeSource.TOLD)
    assert server.asked[0].path == "/v0/item/41000001.json"


@pytest.mark.parametrize("moment", [None, "soon", 10**30])
def test_a_malformed_time_is_ignored(moment: object) -> None:
    post, _ = read(HACKERNEWS, json_answer({"id": 41000001, "time": moment}))
    assert (post.fetched, post.posted_at, post.time_by, post.text, post.titles) == (True, None, None, None, ())


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (None, "no such item"),
        ({"id": 41000001, "deleted": True}, "deleted or dead"),
        ({**STORY, "dead": True}, "deleted or dead"),
        ({**STORY, "id": 5}, "other than the requested item"),
    ],
)
def test_an_item_that_is_not_returned_has_a_reason(tree: object, reason: str) -> None:
    post, _ = read(HACKERNEWS, json_answer(tree))
    assert is_untouched(post, HACKERNEWS)
    assert reason in (post.reason or "")


PAPER = {
    "id": "2504.02807",
    "title": "A Paper",
    "submittedOnDailyAt": "2025-04-04T00:00:00.000Z",
    "summary": "The abstract.",
    "ai_summary": "What a machine wrote.",
    "githubRepo": "https://github.com/someone/code",
    "projectPage": None,
}


def test_hugging_face_gives_title_and_links_without_the_machine_written_summary() -> None:
    post, server = read(HUGGINGFACE, json_answer(PAPER))
    assert (post.fetched, post.titles, post.links, post.text) == (
        True,
        ("A Paper",),
        ("https://github.com/someone/code",),
        None,
    )
    assert post.posted_at == datetime(2025, 4, 4, tzinfo=UTC)
    assert server.asked[0].path == "/api/papers/2504.02807"
    bare, _ = read(HUGGINGFACE, json_answer({"id": "2504.02807"}))
    assert (bare.fetched, bare.posted_at, bare.titles) == (True, None, ())


def test_missing_papers_and_posts_of_hugging_face_are_not_fetched() -> None:
    missing, _ = read(HUGGINGFACE, answer('{"error":"Paper not found"}', 404, kind="application/json"))
    other, _ = read(HUGGINGFACE, json_answer({**PAPER, "id": "2504.00001"}))
    post, server = read("https://huggingface.co/posts/who/123456789012345", json_answer({}))
    assert [each.fetched for each in (missing, other, post)] == [False] * 3
    assert server.asked == []


@pytest.mark.parametrize(
    "link",
    [
        "https://www.linkedin.com/posts/a_b-activity-7280850174522843137-3V9v",
        "https://www.reddit.com/r/ML/comments/1abc/title",
        "https://www.reddit.com/r/ML/s/AbCdEf",
    ],
)
def test_services_closed_to_programs_are_not_asked(link: str) -> None:
    post, server = read(link, json_answer({}))
    assert is_untouched(post, link)
    assert "--text" in (post.reason or "")
    assert server.asked == []


FAILURES: list[tuple[Handler, str]] = [
    (answer(status=404, kind="text/html"), "deleted"),
    (answer("Not authorized", 403, kind="text/plain"), "logged in"),
    (answer(status=401, kind=None), "logged in"),
    (answer(status=999, kind=None), "logged in"),
    (answer(status=429, kind=None), "slow down"),
    (answer("Rate exceeded.", 429, kind="text/plain"), "slow down"),
    (answer(status=500, kind=None), "out of order"),
    (answer("<html>Log in</html>", kind="text/html"), "text/html"),
    (answer("<html>Log in</html>", kind="application/json"), "malformed JSON"),
    (answer("[" * 100_000, kind="application/json"), "malformed JSON"),
    (answer(b"\xff\xfe{}", kind="application/json"), "malformed JSON"),
    (answer("", kind="application/json"), "empty"),
    (answer(b" " * 3_000_000 + b"1", kind="application/json"), "more than"),
    (json_answer({}), "other than"),
    (json_answer([1]), "other than"),
    (json_answer("text"), "other than"),
]


@pytest.mark.parametrize("link", [X, BLUESKY.replace("author.example", "did:plc:author"), HACKERNEWS, HUGGINGFACE])
@pytest.mark.parametrize(("failure", "reason"), FAILURES)
def test_a_failing_service_leaves_the_post_unchanged_with_a_reason(link: str, failure: Handler, reason: str) -> None:
    post, _ = read(link, failure)
    assert is_untouched(post, link)
    assert not post.fetched
    assert reason in (post.reason or "")


def test_html_becomes_text_and_safe_links() -> None:
    assert read_post_html("a<br/>b <a href='https://w.example'>these words</a> <a>none</a>") == (
        "a\nb these words none",
        ("https://w.example",),
    )
    assert read_post_html('<a href="https://open.example">open.example')[1] == ("https://open.example",)
    assert read_post_html('<a href="javascript:x">a.b</a><a href="https://u:p@h.example">c.d</a>')[1] == ()


@pytest.mark.parametrize(
    "unit", ["<a ", "<a href=", '<a href="', "<!--", "<![CDATA[", "<![foo[", "&#", "<p", "</", "<a>", "<!"]
)
def test_a_hostile_post_is_read_in_linear_time(unit: str) -> None:
    assert grows_linearly(lambda size: read_post_html(repeated(unit, size)), 200_000)
    text, links = read_post_html(repeated(unit, 200_000))
    assert len(text) <= 20_000
    assert links == ()


@pytest.mark.parametrize("broken", ["a<b", "a<b c='d", "<!-- a", "<![foo["])
def test_a_link_after_a_tag_that_never_closes_is_kept(broken: str) -> None:
    text, links = read_post_html(f"x {broken} {ABS}")
    assert text == f"x {broken} {ABS}"
    assert links == (ABS,)


@pytest.mark.parametrize("tag", ["title", "textarea", "noscript", "template"])
def test_markup_inside_raw_text_elements_is_read(tag: str) -> None:
    assert read_post_html(f"<{tag}><a href='{ABS}'>it</a></{tag}>") == ("it", (ABS,))


def test_shortened_and_unsafe_links_are_dropped() -> None:
    assert find_full_links("https://a.example/x... https://b.example/… (https://c.example)") == ["https://c.example"]
    assert safe_links([None, "", "https://a.example", "https://a.example", f"https://a.example/{'a' * 2000}"]) == (
        "https://a.example",
    )
    assert len(safe_links(f"https://a.example/{number}" for number in range(1000))) == 100


SHARED = REAL_DATA / "social"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")


def recorded(name: str) -> object:
    return json.loads((SHARED / name).read_text(encoding="utf-8"))


@needs_shared
def test_recorded_answers_of_x_are_read() -> None:
    answers = recorded("x_oembed/oembed_recorded.json")
    assert isinstance(answers, list)
    bodies = [each["body"] for each in answers if isinstance(each["body"], dict) and "html" in each["body"]]
    posts = [read(body["url"], json_answer(body))[0] for body in bodies if parse_post(body["url"])]
    assert posts
    assert all(post.fetched and post.text for post in posts)


@needs_shared
@pytest.mark.parametrize(
    "name", ["thread_view_post_with_embed_media", "handmade_thread-single", "handmade_conversation-thread"]
)
def test_recorded_threads_of_bluesky_are_read(name: str) -> None:
    tree = recorded(f"bluesky/{name}.json")
    assert isinstance(tree, dict)
    _, _, did, _, key = tree["thread"]["post"]["uri"].split("/")
    post, _ = read(f"https://bsky.app/profile/{did}/post/{key}", json_answer(tree))
    assert (post.fetched, post.reason) == (True, None)


@needs_shared
@pytest.mark.parametrize("name", ["entity_status_live", "status_card", "entity_quote_live", "status_missing"])
def test_recorded_statuses_of_mastodon_are_read(name: str) -> None:
    asked = recorded(f"mastodon/test_{name}.json")
    assert isinstance(asked, list)
    for each in asked:
        body, status = each["body"], each["status"]["code"]
        if each["method"] == "GET" and "/api/v1/statuses/" in each["uri"]:
            number = each["uri"].rpartition("/")[2]
            handler = answer(json.dumps(body), status, kind="application/json")
            post, _ = read(f"https://social.example/@who/{number.rjust(9, '0')}", ROBOTS, handler)
            assert post.fetched is (status == 200), post.reason


@needs_shared
def test_recorded_items_of_hacker_news_are_read() -> None:
    items = recorded("hackernews/firebase_items_from_readme.json")
    assert isinstance(items, list)
    for item in items:
        if isinstance(item, dict) and "by" in item and "id" in item:
            post, _ = read(f"https://news.ycombinator.com/item?id={item['id']}", json_answer(item))
            assert post.fetched, post.reason


def test_a_character_reference_with_a_huge_number_is_dropped() -> None:
    assert read_post_html(f"<p>a&#{'9' * 5000};b</p>")[0] == "a;b"
