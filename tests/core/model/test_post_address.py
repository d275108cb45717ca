import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth import grows_linearly, repeated
from notebot.core.model.post import NOT_ASKED, Post, PostKind, Service, TimeSource, parse_post_kind, post_rank
from notebot.core.model.post_address import (
    canonical_post,
    find_posts,
    find_urls,
    parse_post,
    post_key,
    restore_x_host,
    with_share_parameters,
)
from paths import REAL_DATA

POSTS = {
    "https://x.com/Some_One/status/1942610771915202590?s=46&t=Yz_-Q": "https://x.com/some_one/status/1942610771915202590",
    "https://twitter.com/some_one/status/1942610771915202590": "https://x.com/some_one/status/1942610771915202590",
    "http://mobile.twitter.com/a/statuses/20/photo/1": "https://x.com/a/status/20",
    "HTTPS://WWW.X.COM/A/STATUS/20": "https://x.com/a/status/20",
    "https://x.com/i/web/status/20": "https://x.com/i/status/20",
    "https://x.com/A/thread/20": "https://x.com/a/status/20",
    "https://fxbsky.app/profile/ada.example/post/3kabc": "https://bsky.app/profile/ada.example/post/3kabc",
    "https://deer.social/profile/ada.example/post/3kabc": "https://bsky.app/profile/ada.example/post/3kabc",
    "https://x.com/A/article/20": "https://x.com/a/status/20",
    "https://x.com.:80/a/status/20": "https://x.com/a/status/20",
    "https://tweetdeck.twitter.com/a/status/20": "https://x.com/a/status/20",
    "https://api.fxtwitter.com/status/20": "https://x.com/i/status/20",
    "https://bsky.app/profile/did%3Aplc%3Aabc/post/3kabc": "https://bsky.app/profile/did:plc:abc/post/3kabc",
    "https://m.example/web/@Ada/112345678901234567": "https://m.example/@ada/112345678901234567",
    "https://m.example/web/statuses/112345678901234567": "https://m.example/web/statuses/112345678901234567",
    "https://m.example/ap/users/9/statuses/112345678901234567": "https://m.example/ap/users/9/statuses/112345678901234567",
    "https://www.reddit.com/gallery/1abc": "https://www.reddit.com/comments/1abc",
    "https://m.linkedin.com/feed/update/urn:li:activity:7280850174522843137": (
        "https://www.linkedin.com/feed/update/urn:li:activity:7280850174522843137"
    ),
    "https://x.com/i/status/20": "https://x.com/i/status/20",
    "https://twitter.com/#!/a/status/20": "https://x.com/a/status/20",
    "https://www.linkedin.com/posts/an-author_a-post-activity-728-3V9v?utm_source=share": (
        "https://www.linkedin.com/posts/an-author_a-post-activity-728-3V9v"
    ),
    "https://jp.linkedin.com/posts/a_b-1/": "https://www.linkedin.com/posts/a_b-1",
    "https://www.linkedin.com/posts/taro-山田_activity-7280850174522843137": (
        "https://www.linkedin.com/posts/taro-%E5%B1%B1%E7%94%B0_activity-7280850174522843137"
    ),
    "https://www.linkedin.com/embed/feed/update/urn:li:share:7280850174522843137": (
        "https://www.linkedin.com/feed/update/urn:li:share:7280850174522843137"
    ),
    "https://www.linkedin.com/feed/?a=b&highlightedUpdateUrn=urn%3Ali%3Aactivity%3A7280850174522843137&x=y": (
        "https://www.linkedin.com/feed/update/urn:li:activity:7280850174522843137"
    ),
    "https://m.example/users/ada.b-c/statuses/112345678901234567": "https://m.example/@ada.b-c/112345678901234567",
    "https://m.example/deck/@ada/112345678901234567": "https://m.example/@ada/112345678901234567",
    "https://www.linkedin.com/feed/update/urn%3Ali%3AUGCPOST%3A7280850174522843137/": (
        "https://www.linkedin.com/feed/update/urn:li:ugcPost:7280850174522843137"
    ),
    "https://bsky.app/profile/Name.bsky.social/post/3kabc234defgh?ref=x": (
        "https://bsky.app/profile/name.bsky.social/post/3kabc234defgh"
    ),
    "https://Mastodon.example/@Who@other.example/112233445566778899": (
        "https://mastodon.example/@who@other.example/112233445566778899"
    ),
    "https://mastodon.example/users/who/statuses/112233445566778899": (
        "https://mastodon.example/@who/112233445566778899"
    ),
}


@pytest.mark.parametrize(("link", "post"), POSTS.items())
def test_a_post_has_one_address(link: str, post: str) -> None:
    assert canonical_post(link) == post
    assert canonical_post(post) == post


@pytest.mark.parametrize(
    "link",
    [
        "https://x.com/someone",
        "https://x.com/someone/lists/20",
        "https://x.com/a/status/123456789012345678901",
        "https://notx.com/a/status/20",
        "https://x.com.example/a/status/20",
        "https://www.linkedin.com/in/someone",
        "https://www.linkedin.com/pulse/an-article",
        "https://bsky.app/profile/name.bsky.social",
        "https://blog.example/@someone/2024",
        "https://video.example/@someone/video/7280850174522843137",
        "https://arxiv.org/abs/2504.02807",
        "",
    ],
)
def test_other_links_are_no_posts(link: str) -> None:
    assert canonical_post(link) is None


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("元ポスト:https://x.com/a/status/1?s=46&t=Y-Q非常に大規模な", ["https://x.com/a/status/1?s=46&t=Y-Q"]),
        ("(see https://a.example/x). Then", ["https://a.example/x"]),
        ("[text](https://a.example/b_(c))、次", ["https://a.example/b_(c)"]),
        ("[t](https://a.example/1)[u](https://a.example/2)", ["https://a.example/1", "https://a.example/2"]),
        ("https://a.examplehttps://b.example", ["https://a.example", "https://b.example"]),
        ("https://web.example/web/2020/https://a.example/x", ["https://web.example/web/2020/https://a.example/x"]),
        ("**https://a.example/x**, 'https://b.example'", ["https://a.example/x", "https://b.example"]),
        ("https:// and http://, no host", []),
    ],
)
def test_a_link_ends_where_its_text_does(text: str, links: list[str]) -> None:
    assert find_urls(text) == links


def test_posts_of_a_text_come_once_in_order() -> None:
    text = (
        "https://x.com/B/status/2?s=20 解説:https://twitter.com/a/status/1\nhttps://x.com/b/status/2 https://c.example"
    )
    assert find_posts(text) == ["https://x.com/b/status/2", "https://x.com/a/status/1"]


def test_only_posts_are_written_back_under_x_com() -> None:
    text = "https://twitter.com/A/status/1?s=20 https://twitter.com/A"
    assert restore_x_host(text) == "https://x.com/A/status/1?s=20 https://twitter.com/A"


@given(st.text(alphabet="htps:/.()x com@0123status/&?=あ", max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    for post in find_posts(text):
        assert canonical_post(post) == post
    assert all(link in text for link in find_urls(text))


def test_a_linkedin_post_is_known_by_its_activity_in_any_address() -> None:
    keys = {
        post_key("https://www.linkedin.com/posts/activity-7350000000000000000-abcd"),
        post_key("https://www.linkedin.com/feed/update/urn:li:activity:7350000000000000000"),
        post_key("https://m.linkedin.com/posts/ada_words-activity-7350000000000000000-x"),
    }
    assert keys == {"linkedin:7350000000000000000"}


@pytest.mark.parametrize("unit", ["https://", "http://a(", "https://x.com/", "))))", "https://a.b/@", "(http://a)"])
def test_much_of_the_same_is_parsed_in_linear_time(unit: str) -> None:
    assert grows_linearly(lambda size: find_posts(repeated(unit, size)), 200_000)


SNOWFLAKE_AT = datetime(2025, 7, 8, 15, 44, 34, 644000, tzinfo=UTC)
TID_AT = datetime(2023, 9, 28, 12, 49, 37, 54376, tzinfo=UTC)
PARSED = [
    (
        "https://x.com/Some_One/status/1942610771915202590/photo/1?s=46&t=Yz",
        Service.X,
        "some_one",
        "1942610771915202590",
        SNOWFLAKE_AT,
        TimeSource.SNOWFLAKE,
    ),
    (
        "https://nitter.some.example/a/status/1942610771915202590#m",
        Service.X,
        "a",
        "1942610771915202590",
        SNOWFLAKE_AT,
        TimeSource.SNOWFLAKE,
    ),
    ("https://fxtwitter.com/a/status/20/en", Service.X, "a", "20", None, None),
    ("https://d.vxtwitter.com/i/status/20", Service.X, None, "20", None, None),
    ("https://x.com/a/status/99999999999999999999", Service.X, "a", "99999999999999999999", None, None),
    ("https://x.com/a/status/0020", Service.X, "a", "20", None, None),
    (
        "https://bsky.app/profile/A.example/post/3kaheyt6vpc22",
        Service.BLUESKY,
        "a.example",
        "3kaheyt6vpc22",
        TID_AT,
        TimeSource.TID,
    ),
    (
        "https://bsky.app/profile/did:plc:abc234/post/3kaheyt6vpc22",
        Service.BLUESKY,
        "did:plc:abc234",
        "3kaheyt6vpc22",
        TID_AT,
        TimeSource.TID,
    ),
    ("https://bsky.app/profile/a.example/post/rkeymain", Service.BLUESKY, "a.example", "rkeymain", None, None),
    (
        "https://bsky.app/profile/a.example/post/zzzzzzzzzzzzz",
        Service.BLUESKY,
        "a.example",
        "zzzzzzzzzzzzz",
        None,
        None,
    ),
    (
        "https://bsky.app/profile/a.example/post/3000000000000",
        Service.BLUESKY,
        "a.example",
        "3000000000000",
        None,
        None,
    ),
    (
        "https://Social.example/@Who@other.example/110446223051565765",
        Service.MASTODON,
        "who@other.example",
        "social.example/110446223051565765",
        datetime(2023, 5, 28, 12, 7, 0, 293000, tzinfo=UTC),
        TimeSource.INFERRED,
    ),
    ("https://social.example/@who/123456789", Service.MASTODON, "who", "social.example/123456789", None, None),
    (
        "https://www.linkedin.com/posts/an-author_a-post-activity-7280850174522843137-3V9v?utm_source=share",
        Service.LINKEDIN,
        None,
        "7280850174522843137",
        datetime(2025, 1, 3, 7, 39, 13, 261000, tzinfo=UTC),
        TimeSource.INFERRED,
    ),
    (
        "https://www.linkedin.com/feed/update/urn:li:share:7280850174522843137/",
        Service.LINKEDIN,
        None,
        "7280850174522843137",
        datetime(2025, 1, 3, 7, 39, 13, 261000, tzinfo=UTC),
        TimeSource.INFERRED,
    ),
    ("https://www.linkedin.com/posts/a_b", Service.LINKEDIN, None, "a_b", None, None),
    ("https://news.ycombinator.com/item?p=2&id=8863#8952", Service.HACKERNEWS, None, "8863", None, None),
    ("https://old.reddit.com/r/ML/comments/1AbC/a_title/?x=1", Service.REDDIT, None, "1abc", None, None),
    ("https://www.reddit.com/comments/1abc", Service.REDDIT, None, "1abc", None, None),
    ("https://redd.it/1abc", Service.REDDIT, None, "1abc", None, None),
    ("https://www.reddit.com/r/ML/s/AbCdEf", Service.REDDIT, None, "s/AbCdEf", None, None),
    ("https://huggingface.co/papers/2504.02807v2", Service.HUGGINGFACE, None, "2504.02807", None, None),
    ("https://hf.co/posts/Who/123456789012345", Service.HUGGINGFACE, "who", "123456789012345", None, None),
]


@pytest.mark.parametrize(("link", "service", "handle", "number", "posted_at", "time_by"), PARSED)
def test_a_link_tells_service_author_id_and_time(
    link: str, service: Service, handle: str | None, number: str, posted_at: datetime | None, time_by: TimeSource | None
) -> None:
    post = parse_post(f" {link}\n")
    assert post is not None
    assert (post.service, post.handle, post.id, post.posted_at, post.time_by) == (
        service,
        handle,
        number,
        posted_at,
        time_by,
    )
    assert (post.text, post.links, post.fetched, post.reason) == (None, (), False, NOT_ASKED)
    assert parse_post(post.url) == post


@pytest.mark.parametrize(
    "link",
    [
        "https://www.reddit.com/s/AbCdEf",
        "https://www.reddit.com/r/ML",
        "https://news.ycombinator.com/user?id=someone",
        "https://huggingface.co/someone/model",
        "https://nitter.example.x.com.evil/status",
        "https://social.example/notes/9abcdef",
        "no link",
    ],
)
def test_other_links_are_not_parsed_as_posts(link: str) -> None:
    assert parse_post(link) is None
    assert post_key(link) == link


def test_the_page_of_a_paper_is_not_its_source_post() -> None:
    assert canonical_post("https://huggingface.co/papers/2504.02807") is None
    assert canonical_post("https://redd.it/1abc") == "https://www.reddit.com/comments/1abc"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.com/old_name/status/20?s=46", "https://mobile.twitter.com/New/status/20/photo/1"),
        ("https://x.com/i/web/status/20", "https://vxtwitter.com/a/status/20"),
        (
            "https://bsky.app/profile/a.example/post/3kaheyt6vpc22",
            "https://bsky.app/profile/did:plc:x/post/3kaheyt6vpc22",
        ),
        ("https://redd.it/1abc", "https://www.reddit.com/r/ML/comments/1abc/title"),
        (
            "https://www.linkedin.com/posts/a_b-activity-7280850174522843137-3V9v",
            "https://www.linkedin.com/feed/update/urn:li:activity:7280850174522843137",
        ),
        (
            "https://www.linkedin.com/posts/someone_activity-7280850174522843137",
            "https://www.linkedin.com/feed/update/urn:li:activity:7280850174522843137",
        ),
    ],
)
def test_addresses_of_one_post_have_one_key(one: str, other: str) -> None:
    assert post_key(one) == post_key(other)


def test_share_parameters_can_be_kept() -> None:
    link = "https://twitter.com/A/status/20?s=46&t=Yz-_Q"
    post = parse_post(link)
    assert post is not None
    kept = with_share_parameters(post, link)
    assert kept.url == "https://x.com/a/status/20?s=46&t=Yz-_Q"
    assert kept.key == post.key
    story = parse_post("https://news.ycombinator.com/item?id=8863")
    assert story is not None
    assert with_share_parameters(story, story.url) == story


NOTES = REAL_DATA / "archive" / "notes.jsonl"


@pytest.mark.skipif(not NOTES.exists(), reason="needs ../shared")
def test_every_post_of_the_archive_parses() -> None:
    links = [link for line in NOTES.read_text(encoding="utf-8").splitlines() for link in json.loads(line)["posts"]]
    posts = [post for link in links if (post := parse_post(link))]
    assert (len(links), len(posts), len({post.key for post in posts})) == (470, 470, 460)
    assert all(post.posted_at for post in posts)
    assert {post.service for post in posts if post.handle is None} == {Service.LINKEDIN}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("元ポスト:", PostKind.SOURCE),
        ("元ツイート：", PostKind.SOURCE),
        ("解説", PostKind.EXPLAINED),
        ("ポイント解説", PostKind.POINTS),
        ("著者による一言解説ポスト", PostKind.AUTHOR),
        ("author", PostKind.AUTHOR),
        ("Follow-Up", PostKind.FOLLOW_UP),
        ("モデルの図解", None),
        ("", None),
    ],
)
def test_the_curators_words_name_a_kind(words: str, kind: PostKind | None) -> None:
    assert parse_post_kind(words) is kind


def test_kinds_are_in_the_curators_order() -> None:
    words = ["図解", "参考", "ポイント解説", "著者ポスト", "解説ポスト", "元ポスト"]
    assert sorted(words, key=post_rank) == ["元ポスト", "著者ポスト", "解説ポスト", "ポイント解説", "参考", "図解"]
    assert PostKind.EXPLAINED.words == "解説ポスト:"


def test_only_the_words_of_x_may_not_be_kept() -> None:
    kept = {service for service in Service if Post(service, None, "1", "").may_keep_text}
    assert kept == set(Service) - {Service.X}
