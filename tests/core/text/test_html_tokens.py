"""The tokeniser that web pages and posts share."""

import tracemalloc

import pytest

from growth import grows_linearly, repeated
from notebot.core.text.html_tokens import EndTag, StartTag, Text, Unclosed, tokenise_html


def test_html_is_tokenised_the_way_browsers_do() -> None:
    page = (
        "<!doctype html><!-- <b> --><P Class='a b' id=x hidden data-x=\"1>2\">t &amp; u<br/></p><script>a<b</script >z"
    )
    assert list(tokenise_html(page)) == [
        StartTag("p", {"class": "a b", "id": "x", "hidden": "", "data-x": "1>2"}),
        Text("t & u"),
        StartTag("br"),
        EndTag("p"),
        StartTag("script", {}, "a<b"),
        EndTag("script"),
        Text("z"),
    ]


@pytest.mark.parametrize("rest", ["<!-- never", "<a href='x", "<a href", "</a", "<!x", "<![foo["])
def test_a_tag_that_never_closes_takes_the_rest_of_the_page(rest: str) -> None:
    assert list(tokenise_html("t" + rest)) == [Text("t"), Unclosed(rest)]


@pytest.mark.parametrize("text", ["<", "a < b", "1<2"])
def test_a_less_than_sign_that_starts_no_tag_is_text(text: str) -> None:
    assert "".join(token.text for token in tokenise_html(text) if isinstance(token, Text)) == text


def test_an_empty_attribute_and_an_unclosed_script_are_read() -> None:
    assert list(tokenise_html("<a b=>")) == [StartTag("a", {"b": ""})]
    assert list(tokenise_html("<script>x")) == [StartTag("script", {}, "x")]


def test_a_character_reference_with_a_huge_number_is_kept() -> None:
    long = "&#" + "9" * 5_000 + ";"
    assert list(tokenise_html(long)) == [Text(long)]


@pytest.mark.parametrize(
    "unit", ["<a ", '<a href="', "<![foo[", "<div>", "<!--", "\0", "<x/<x/", "<a a=b c=d>", "</p>"]
)
@pytest.mark.slow
def test_hostile_html_takes_linear_time_and_little_memory(unit: str) -> None:
    def count(size: int) -> int:
        return sum(1 for _ in tokenise_html(repeated(unit, size)))

    assert grows_linearly(count, 500_000)
    page = repeated(unit, 100_000)
    tracemalloc.start()
    try:
        for _ in tokenise_html(page):
            pass
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_page_of_nothing_but_tags_is_cut_at_one_token_per_ten_characters() -> None:
    tokens = list(tokenise_html("<b>" * 400 + "end", max_characters=1_000))
    assert tokens[:-1] == [StartTag("b")] * 100
    # the rest is one text, so that nothing of the page is lost without a trace
    assert tokens[-1] == Text("<b>" * 233 + "<")


def test_a_huge_attribute_is_cut() -> None:
    (tag,) = tokenise_html(f"<a href='{'x' * 1_000_000}'>")
    assert isinstance(tag, StartTag)
    assert len(tag.attributes["href"]) == 20_000


def test_only_the_first_40_attributes_count_and_the_first_of_two_equal_names() -> None:
    (tag,) = tokenise_html("<a b=1 B=2 " + " ".join(f"c{number}=x" for number in range(100)) + ">")
    assert isinstance(tag, StartTag)
    assert (tag.attributes["b"], len(tag.attributes)) == ("1", 40)
