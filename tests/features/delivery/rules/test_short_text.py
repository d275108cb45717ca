"""Messages for services that take few characters."""

from hypothesis import given
from hypothesis import strategies as st

from growth import grows_linearly, repeated
from notebot.features.delivery.rules.plain_text import one_line
from notebot.features.delivery.rules.short_text import short_text

LINK = "https://notes.example.org/"


def test_whole_lines_are_kept_as_far_as_they_fit_and_the_rest_is_counted() -> None:
    assert short_text("a", ["b", "c"], LINK, 1000) == f"a\nb\nc\n{LINK}"
    assert short_text("first", ["second", "third" * 9], LINK, 45) == f"first\nsecond\n+1\n{LINK}"


@given(st.text(max_size=50), st.lists(st.text(max_size=50), max_size=5), st.integers(0, 200))
def test_it_is_never_too_long_and_a_link_is_never_cut(first: str, lines: list[str], most: int) -> None:
    text = short_text(first, lines, LINK, most)
    assert len(text) <= max(most, 1)
    assert "https://" not in text or text.endswith(LINK) or "https://" in first + "".join(lines)


def test_a_line_shows_what_it_says_and_costs_linear_time() -> None:
    assert one_line("a\r\nBcc: x\u202eb\x00c\t d") == "a Bcc: x b c d"
    assert one_line("x" * 50, 10) == "xxxxxxxxx…"
    assert grows_linearly(lambda size: one_line(repeated("a\u202e ", size), 10**6), 100_000)
