"""Links that contain the link they lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.arxiv_id import find_ids, parse_ref
from notebot.core.model.post_address import canonical_post
from notebot.core.model.wrapped_link import unwrap_link
from paths import REAL_DATA

PAGE = "https://example.org/a/page?x=1&y=2"
ENCODED = "https%3A%2F%2Fexample.org%2Fa%2Fpage%3Fx%3D1%26y%3D2"
WRAPPED = [
    f"https://www.google.com/url?rct=j&sa=t&url={ENCODED}&ct=ga",
    f"https://www.google.co.jp/url?sa=D&q={ENCODED}",
    f"https://scholar.google.com/scholar_url?url={ENCODED}&hl=ja",
    f"https://eur01.safelinks.protection.outlook.com/?url={ENCODED}&data=05%7C02",
    f"https://www.linkedin.com/safety/go?url={ENCODED}&trk=x",
    f"https://l.facebook.com/l.php?u={ENCODED}&h=AT",
    f"https://l.instagram.com/?u={ENCODED}&e=AT",
    f"https://slack-redir.net/link?url={ENCODED}",
    f"https://b.hatena.ne.jp/entry?url={ENCODED}",
    f"https://b.hatena.ne.jp/entry/{PAGE}",
    "https://b.hatena.ne.jp/entry/s/example.org/a/page?x=1&y=2",
    f"https://web.archive.org/web/20261120000000/{PAGE}",
    f"https://web.archive.org/web/20261120000000if_/{PAGE.replace('//', '/')}",
    f"https://archive.ph/newest/{PAGE}",
    "https://www.google.com/amp/s/example.org/a/page?x=1&y=2",
    f"https://duckduckgo.com/l/?uddg={ENCODED}&rut=1",
    f"https://www.youtube.com/redirect?event=video&q={ENCODED}",
    f"https://urldefense.com/v3/__{PAGE}__;!!abc$",
    f"https://r.jina.ai/{PAGE}",
    # a mail that quotes a search result
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3D"
    + ENCODED.replace("%", "%25"),
]
UNCHANGED = [
    PAGE,
    "https://example.org/?url=https://arxiv.org/abs/2504.02807",
    "https://www.google.com/search?q=https://arxiv.org/abs/2504.02807",
    "https://www.google.com/url?q=javascript:alert(1)",
    "https://www.google.com/url?q=/relative",
    "https://b.hatena.ne.jp/entry/4712345678901234567",
    "https://web.archive.org/web/2026/not-a-link",
    "https://[::1/url?q=https://example.org",
    "mailto:someone@example.org",
    "",
]


@pytest.mark.parametrize("link", WRAPPED)
def test_a_wrapped_link_is_replaced_by_the_link_inside(link: str) -> None:
    assert unwrap_link(link) == PAGE


@pytest.mark.parametrize("link", UNCHANGED)
def test_any_other_link_is_unchanged(link: str) -> None:
    assert unwrap_link(link) == link


@pytest.mark.parametrize("wrapper", ["https://www.google.com/url?q={}", "https://web.archive.org/web/2026/{}"])
def test_a_wrapped_post_is_the_post(wrapper: str) -> None:
    assert canonical_post(wrapper.format("https://twitter.com/A/status/1840000000000000000")) == (
        "https://x.com/a/status/1840000000000000000"
    )


ARXIV = {
    "https://www.google.com/url?q=https://arxiv.org/abs/2611.00002&sa=D": "2611.00002",
    "https://lanl.arxiv.org/abs/2611.00006": "2611.00006",
    "https://xxx.lanl.gov/abs/hep-th/9711200": "hep-th/9711200",
    "https://arxiv.org//abs/2611.00010": "2611.00010",
    "https://arxiv.org/ftp/arxiv/papers/2611/2611.00005.pdf": "2611.00005",
    "https://arxiv.org/ftp/math/papers/0309/0309136.pdf": "math/0309136",
    "https://api.semanticscholar.org/arXiv:2611.00008": "2611.00008",
    "arXiv:２６１１．０００１５": "2611.00015",
    "https://arxiv。org/abs/2611.00016": "2611.00016",
    "2611。00018": "2611.00018",
}


@pytest.mark.parametrize(("link", "paper"), ARXIV.items())
def test_odd_links_to_a_paper(link: str, paper: str) -> None:
    assert parse_ref(link).base == paper
    assert [found.base for found in find_ids(f"見て {link} です。")] == [paper]


@pytest.mark.parametrize("text", ["2504.02807。2025年の論文", "https://arxiv.org/abs/2504.02807。詳細は2504号"])
def test_a_japanese_full_stop_ends_an_id(text: str) -> None:
    assert [found.base for found in find_ids(text)] == ["2504.02807"]


def test_real_links() -> None:
    file = REAL_DATA / "field" / "inbox_links.txt"
    if not file.exists():
        pytest.skip("the real material is not here")
    lines = file.read_text(encoding="utf-8").splitlines()
    numbers = [line[line.index("2611.000") :][:10] for line in lines]
    assert [parse_ref(line).base for line in lines] == numbers


@given(st.text(), st.sampled_from(WRAPPED))
def test_any_text_in_a_wrapper_becomes_a_link_or_stays(text: str, link: str) -> None:
    wrapped = link.replace("example.org", text)
    inner = unwrap_link(wrapped)
    assert inner == wrapped or inner.lower().startswith(("http://", "https://"))


def test_links_with_very_many_layers_are_left_alone() -> None:
    link = PAGE
    for _ in range(200):
        link = f"https://web.archive.org/web/2026/{link}"
    assert unwrap_link(link) == link
    assert find_ids(link) == []
