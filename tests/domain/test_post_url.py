import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.domain.post_url import canonical_post, find_links, find_posts, write_back

POSTS = {
    "https://x.com/Some_One/status/1942610771915202590?s=46&t=Yz_-Q": "https://x.com/some_one/status/1942610771915202590",
    "https://twitter.com/some_one/status/1942610771915202590": "https://x.com/some_one/status/1942610771915202590",
    "http://mobile.twitter.com/a/statuses/20/photo/1": "https://x.com/a/status/20",
    "HTTPS://WWW.X.COM/A/STATUS/20": "https://x.com/a/status/20",
    "https://x.com/i/web/status/20": "https://x.com/i/status/20",
    "https://x.com/i/status/20": "https://x.com/i/status/20",
    "https://twitter.com/#!/a/status/20": "https://x.com/a/status/20",
    "https://www.linkedin.com/posts/an-author_a-post-activity-728-3V9v?utm_source=share": (
        "https://www.linkedin.com/posts/an-author_a-post-activity-728-3V9v"
    ),
    "https://jp.linkedin.com/posts/a_b-1/": "https://www.linkedin.com/posts/a_b-1",
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
    assert find_links(text) == links


def test_posts_of_a_text_come_once_in_order() -> None:
    text = (
        "https://x.com/B/status/2?s=20 解説:https://twitter.com/a/status/1\nhttps://x.com/b/status/2 https://c.example"
    )
    assert find_posts(text) == ["https://x.com/b/status/2", "https://x.com/a/status/1"]


def test_only_posts_are_written_back_under_x_com() -> None:
    text = "https://twitter.com/A/status/1?s=20 https://twitter.com/A"
    assert write_back(text) == "https://x.com/A/status/1?s=20 https://twitter.com/A"


@given(st.text(alphabet="htps:/.()x com@0123status/&?=あ", max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    for post in find_posts(text):
        assert canonical_post(post) == post
    assert all(link in text for link in find_links(text))


@pytest.mark.parametrize("unit", ["https://", "http://a(", "https://x.com/", "))))", "https://a.b/@", "(http://a)"])
def test_a_megabyte_of_the_same_is_no_trouble(unit: str) -> None:
    find_posts(unit * (1_000_000 // len(unit)))
