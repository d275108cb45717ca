"""Text from papers that tries to be markup, a template, a mention or a heading, in everything that is printed."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.command import EVERYTHING, TUESDAY, Desk, desk_with, sample_paper
from notebot.demo.sample_arxiv import SamplePaper

pytestmark = pytest.mark.slow

PAYLOADS = {
    "2605.90301": "Sum {{ 7*7 }} of all",
    "2605.90302": "{% raw %} and {% include 'x' %} and {# gone #}",
    "2605.90303": '<script>alert("x")</script> <b>bold</b> <img src=x onerror=y>',
    "2605.90304": "cc @octocat and @org/team",
    "2605.90305": "Fixes #12, closes octo/repo#34 and GH-56",
    "2605.90306": "---",
    "2605.90307": "--- layout: evil ---",
    "2605.90308": "```sh rm``` and `code` and ~~~",
    "2605.90309": "<!-- hidden --> shown <!-- /nb digest -->",
    "2605.90310": "# Summary (by x)",
    "2605.90311": "Right \u202eot tfel\u202c and \u200fback \u2066now\u2069",
    "2605.90312": "> quote - [x] kept [link](javascript:alert(1)) ![image](https://evil.example/p.png)",
    "2605.90313": "- [x] 残す",
    "2605.90314": "Bell \x85 and feed",
}
"""Each is title, abstract, an author and the comment of one paper."""
HARM = {
    "a template": r"\{\{|\{%|\{#",
    "HTML": r"<(?!!-- /?nb\b|details>|/details>|summary>|/summary>)",
    "a foreign comment": r"<!--(?! nb (?:digest \d{4}-\d\d-\d\d|\d{4}\.\d{5}) -->| /nb(?: digest)? -->)",
    "a mention": r"(?<![A-Za-z0-9.])@\w",
    "a reference": r"(?<![A-Za-z0-9&])#\d|repo#\d|GH-\d",
    "a code mark": r"``",
    "a live link": r"\]\((?:javascript|https?):",
}
HEADINGS = re.compile(
    r"# \d{4}-\d\d-\d\d .*|## (?:Everything|Headlines|Coverage)|### (?:\[Paper Note\] .*|Everything)|"
    r"# (?:URL|Authors|Abstract)|#NLP"
)


def hostile_paper(arxiv_id: str, payload: str) -> SamplePaper:
    return sample_paper(
        arxiv_id,
        TUESDAY,
        payload,
        abstract=f"{payload} {payload}. It holds. {payload}",
        authors=(f"Eve {payload}", "Mallory"),
        comment=payload,
    )


def printable(text: str) -> str:
    """As XML 1.0 can carry it, and as notebot keeps it: white space collapsed."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    papers = [hostile_paper(name, payload) for name, payload in PAYLOADS.items()]
    with desk_with(papers, tmp_path_factory.mktemp("hostile"), topics=[EVERYTHING]) as (_, made):
        made.sections["digest"] = {"full": 10, "language": "en"}
        made.ok("poll")
        yield made


def hidden_characters(text: str) -> list[str]:
    """Control and format characters, but for line ends and the word joiner that notebot puts in."""
    odd = (char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp"))
    return [f"U+{ord(char):04X}" for char in odd if char not in "\n\u2060"]


def assert_harmless(text: str) -> None:
    """Nothing in a page acts, but for what notebot's own layout puts there."""
    assert hidden_characters(text) == []
    for what, pattern in HARM.items():
        found = re.search(pattern, text)
        assert found is None, (what, text[max(0, found.start() - 80) : found.end() + 40])
    for line in text.splitlines():
        if line.lstrip().startswith(("#", "~~~", "```")):
            assert HEADINGS.fullmatch(line), line
        assert not re.fullmatch(r"\s*(?:-{3,}|={2,}|\*{3,})\s*", line), line
        assert not re.match(r"\s*[-*] \[[^ ]\]", line), line
        if line.startswith(">"):
            assert " · cs.CL" in line, line


def code_spans_removed(text: str) -> str:
    """Without the code that notebot writes itself: its guide, and the terms that matched."""
    return re.sub(r"`(?:\[x\]|\?)`", "", text)


def test_the_digest_is_harmless(desk: Desk) -> None:
    text = desk.ok("digest", "--dry-run").out
    assert_harmless(text)
    assert "`" not in code_spans_removed(text)
    assert len(re.findall(r"https://arxiv\.org/abs/", text)) == len(PAYLOADS)


@pytest.mark.parametrize("form", ["issue", "entry", "text"])
def test_every_form_of_fetch_is_harmless(desk: Desk, form: str) -> None:
    text = desk.ok("fetch", "--format", form, *PAYLOADS).out
    assert_harmless(text)
    assert "`" not in text


def test_an_issue_has_its_own_sections_only(desk: Desk) -> None:
    for name in ("2605.90310", "2605.90306"):
        text = desk.ok("fetch", name).out
        sections = [line for line in text.splitlines() if line.startswith("# ")]
        assert sections == ["# URL", "# Authors", "# Abstract"]


def test_queue_show_is_harmless(desk: Desk) -> None:
    for name in ("2605.90303", "2605.90309", "2605.90311"):
        assert_harmless(desk.ok("queue", "show", name).out)


def test_queue_list_is_one_line_a_stub_without_hidden_characters(desk: Desk) -> None:
    text = desk.ok("queue", "list").out
    assert len(text.splitlines()) == len(PAYLOADS)
    assert hidden_characters(text) == []


def test_json_holds_the_text_as_it_is(desk: Desk) -> None:
    stubs = desk.stubs()
    for name, payload in PAYLOADS.items():
        raw = printable(payload)
        assert (stubs[name]["title"], stubs[name]["comment"]) == (raw, raw)
        assert stubs[name]["title_line"].startswith(f"[Paper Note] {raw}, Eve ")
        if not raw.endswith(")"):  # in an author's name that is an affiliation
            assert stubs[name]["authors"][0] == f"Eve {raw}"


def test_a_markdown_reader_sees_no_markup_of_a_paper(desk: Desk) -> None:
    """The same question, asked of a real Markdown parser."""
    markdown_it = pytest.importorskip("markdown_it")
    page = desk.ok("digest", "--dry-run").out
    tokens = markdown_it.MarkdownIt("commonmark").parse(page)
    flat = [inner for token in tokens for inner in (token, *(token.children or ()))]
    html = [token.content for token in flat if token.type in ("html_block", "html_inline")]
    ours = re.compile(r"(?:<!-- /?nb[\w ./-]* -->|</?details>|<summary>per category</summary>|\s)+")
    assert [text for text in html if not ours.fullmatch(text)] == []
    assert {token.content for token in flat if token.type == "code_inline"} <= {"[x]", "?"}
    assert [token for token in flat if token.type in ("fence", "code_block", "image", "link_open")] == []
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert len([text for text in headings if text.startswith("[Paper Note] ")]) == 10
    assert len(headings) == 10 + len(["title", "Everything", "Headlines", "Everything", "Coverage"])


def test_a_topic_and_a_tag_are_the_curators_own_words(tmp_path: Path) -> None:
    topic = {"name": "Proofs & <Theorems>", "categories": ["cs.CL"], "tags": ["Test-Time Scaling"]}
    with desk_with([sample_paper("2605.90321", TUESDAY)], tmp_path, topics=[topic]) as (_, desk):
        desk.ok("poll")
        text = desk.ok("digest", "--dry-run").out
    assert "## Proofs &amp; &lt;Theorems>\n" in text
    assert "#Test-Time Scaling\n" in text
