import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.text.escaping import is_plain_url, neutralise, restore

J = "\u2060"

PIECES = st.sampled_from(
    [
        *"&<>`{}[]()@#%:\\-+*_=~.!/;|$ \n\t\r",
        *(
            "amp;",
            "&lt;",
            "&#x60;",
            "&#x7B;",
            "&#x202E;",
            "&#x41;",
            "&#xFFFFFF;",
            "1.",
            "12)",
            "name",
            "é",
            "日本",
        ),
        *("\\#", "](", "[x]", "[a]:", "GH-", "gh-1", "github.com/a/b/issues/", "---", "===", "```", "~~~"),
        *(J, "\u202e", "\u200b", "\ufeff", "\x00", "\x85", "\u2028", "\ud800", "\U000e0041", "\u00a0"),
    ]
)
TEXTS = st.one_of(st.text(), st.text(st.characters(exclude_categories=())), st.lists(PIECES, max_size=12).map("".join))


@given(TEXTS)
def test_the_way_back_is_exact_for_any_text(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(TEXTS)
def test_it_may_be_done_twice_and_undone_twice(text: str) -> None:
    assert restore(restore(neutralise(neutralise(text)))) == text


@given(TEXTS)
def test_nothing_dangerous_is_left_in_any_text(text: str) -> None:
    safe = neutralise(text)
    assert not re.search(r"<|`|\{[{%#:]|\]\(|\[\[|%%", safe)
    assert not re.search(r"@\w|(?<!&)#\w|(?<![A-Za-z0-9])GH-\d", safe, re.IGNORECASE)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", safe)
    for line in safe.split("\n"):
        assert not re.match(r"\s*(?:[-#>+*=~]|\[[ xX]?\]|\[[^\]]*\]:|\d{1,9}[.)](?:\s|$))", line)
    safe.encode()


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (
            r"Schoenfeld's Anatomy: C++ & $\alpha$-RL (w/ GPT-4)",
            r"Schoenfeld's Anatomy: C++ &amp; $\alpha$-RL (w/ GPT-4)",
        ),
        ("A* search, C#, 100 % > 50 %, 日本語の題名", "A* search, C#, 100 % > 50 %, 日本語の題名"),
        ("[Paper Note] kept as it is", "[Paper Note] kept as it is"),
        ("<script>&lt;", "&lt;script>&amp;lt;"),
        ("{{ x }} {% y %} {# z #} {: .k} {a}", "&#x7B;{ x }} &#x7B;% y %} &#x7B;# z #} &#x7B;: .k} {a}"),
        ("{{{x", "&#x7B;&#x7B;{x"),
        ("@user, a@b.org, Fixes #3, o/r#12", f"@{J}user, a@{J}b.org, Fixes #{J}3, o/r#{J}12"),
        ("see GH-12, gh-3, HIGH-12", f"see GH-{J}12, gh-{J}3, HIGH-12"),
        ("github.com/o/r.x/pull/12", f"github.com/o/r.x/pull/{J}12"),
        ("see [a](b) ![c](d) ](", r"see [a]\(b) ![c]\(d) ]\("),
        ("``quoted''", "&#x60;&#x60;quoted''"),
        ("an <!-- nb 2504.02807 --> marker", "an &lt;!-- nb 2504.02807 --> marker"),
    ],
)
def test_text_inside_a_line_changes_as_little_as_safety_needs(text: str, safe: str) -> None:
    assert neutralise(text) == safe
    assert restore(safe) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("- a", r"\- a"),
        ("---", r"\---"),
        ("===", r"\==="),
        ("# URL", r"\# URL"),
        ("#tag", f"\\#{J}tag"),
        ("  > quoted", r"  \> quoted"),
        ("+ a", r"\+ a"),
        ("* a", r"\* a"),
        ("**Comment**", r"\**Comment**"),
        ("___", r"\___"),
        ("~~~", r"\~~~"),
        ("1. first", r"1\. first"),
        ("12) twelfth", r"12\) twelfth"),
        ("3.", r"3\."),
        ("3.5 billion", "3.5 billion"),
        (r"\alpha", r"\alpha"),
        (r"\[a long bracket]", r"\\[a long bracket]"),
        (r"\- a", r"\\- a"),
        (r"\\- a", r"\\\- a"),
        (r"1\. a", r"1\\. a"),
        ("[x] done", r"\[x] done"),
        ("[ ] open", r"\[ ] open"),
        ("[a b]: http://evil", r"\[a b]: http://evil"),
        ("one\n- two\n# three", "one\n\\- two\n\\# three"),
        ("\u00a0- after a no-break blank", "\u00a0\\- after a no-break blank"),
    ],
)
def test_nothing_at_the_start_of_a_line_starts_a_block(text: str, safe: str) -> None:
    assert neutralise(text) == safe
    assert restore(safe) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\u202eb", "a&#x202E;b"),
        ("@\u200bname", "@&#x200B;name"),
        (f"@{J}name", "@&#x2060;name"),
        ("a\x00b\rc", "a&#x0;b&#xD;c"),
        ("half a pair \ud83d", "half a pair &#xD83D;"),
        ("👩\u200d🔬", "👩\u200d🔬"),  # a joiner inside an emoji
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, safe: str) -> None:
    assert neutralise(text) == safe


@pytest.mark.parametrize("typed", ["AT&T", "&gt; &eacute; &#x41; &#xFFFFFF;", "a ![b](c)", "#NLP @me <b>", "\\alpha"])
def test_what_a_curator_typed_is_not_taken_for_our_work(typed: str) -> None:
    assert restore(typed) == typed


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/abs/2504.02807",
        "http://localhost:8080/a?b=c&d=%20#e",
        "HTTPS://ja.wikipedia.org/wiki/数学_(曖昧さ回避)",
        "https://mastodon.example/@user/1",
    ],
)
def test_a_plain_web_address_may_be_bare(url: str) -> None:
    assert is_plain_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "ftp://host/x",
        "https://",
        "https:///path",
        "https://a b",
        "https://a/\n",
        "https://a/\u3000b",
        "https://a/<b>",
        'https://a/"b',
        "https://a/`b",
        "https://a/{{b}}",
        "https://a\\b",
        "https://user@host/",
        "https://user:word@host/",
        "https://host:99999/",
        "https://[::1/",
        "https://a/\u202eb",
        "https://a/\x00",
    ],
)
def test_any_other_address_may_not(url: str) -> None:
    assert not is_plain_url(url)


@pytest.mark.parametrize("text", ["# Summary (by x)", "See SUMMARY (by us)", "Translation (by me)", "Summary(by x)"])
def test_no_line_can_pose_as_the_head_of_a_section(text: str) -> None:
    assert "ummary (by" not in neutralise(text)
    assert "ranslation (by" not in neutralise(text)
    assert restore(neutralise(text)) == text
