"""Which notes stand on a tag's page, in which order, and how each form draws them."""

import json
import re
from collections.abc import Sequence
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from notebot.core.model.note import Note
from notebot.core.note_format.tag_order import TagOrder
from notebot.features.archive.rules.tag_page import FORMS, PageForm, PageNote, PageRules, make_form, select
from notebot.features.archive.rules.tag_page.page_file_names import file_stems

ORDER = TagOrder(("Survey", "NLP", "Dataset", "Test-Time Scaling", "A/B", "RLVR"))
RULES = PageRules(ORDER, frozenset({"action_wanted"}), "owner/notes")
NOTE = Note(
    title_line="[Paper Note] A Title (of Two), Ann Author+, N/A, ACL'26, 2026.06",
    number=12,
    issue_date=date(2026, 6, 30),
    tags=("Test-Time Scaling", "NLP", "action_wanted"),
    urls=("https://arxiv.org/abs/2606.21155v1",),
    summary="要約。",
    comments=("元ポスト:\nhttps://x.com/ann/status/20?s=20", "関連:\n- #11", "よく効いている。"),
    refs=(11,),
    body="# URL\n- https://arxiv.org/abs/2606.21155v1",
    state="open",
)
HOSTILE = (
    "<script>x</script> {{ 7*7 }} {% raw %} ]]> & \"' \x00\x1b[2J \n---\n\ntitle: x\n"
    "![a](javascript:x) <img src='data:x'> ![b](https://a.b/\"onerror=x)"
)


def paper(number: int | None, year: str, day: int = 1, **fields: object) -> Note:
    titled = f"T{number}{f', {year}' if year else ''}"
    return replace(Note(titled, number, date(2026, 5, day), ("NLP",)), **fields)


def draw(form: str, notes: Sequence[Note], label: str = "NLP", rules: PageRules = RULES) -> str:
    pages = select(notes, rules)
    return render(make_form(form, pages, rules), label, pages[label])


def render(form: PageForm, label: str, items: Sequence[PageNote]) -> str:
    return b"".join(form.render_page(label, items, map(form.render_entry, items))).decode()


def fingerprint(form: PageForm, items: Sequence[PageNote]) -> str:
    return form.fingerprint("NLP", map(form.digest, items))


class Elements(HTMLParser):
    """What a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]


@pytest.mark.parametrize(
    ("notes", "numbers"),
    [
        ([paper(1, "arXiv'23"), paper(2, "ACL'25"), paper(3, "")], [2, 1, 3]),
        ([paper(1, "ACL'25", day=2), paper(2, "arXiv'25", day=1)], [1, 2]),
        ([paper(7, "ACL'25"), paper(9, "ACL'25"), paper(None, "ACL'25")], [None, 9, 7]),
        ([paper(1, "ACL'25", issue_date=None), paper(2, "ACL'25")], [2, 1]),
        ([paper(1, "ACL'25", state="closed"), paper(2, "ACL'25", state=None)], [2]),
        ([paper(1, "ACL'25", tags=("RLVR",)), paper(2, "ACL'25")], [2]),
    ],
)
def test_a_page_goes_by_venue_year_then_date_then_number(notes: list[Note], numbers: list[int | None]) -> None:
    for given_order in (notes, notes[::-1]):
        assert [item.note.number for item in select(given_order, RULES)["NLP"]] == numbers


def test_every_tag_but_the_hidden_ones_has_a_page() -> None:
    pages = select([replace(NOTE, tags=("NLP", "action_wanted", " ", "NLP", "new tag"))], RULES)
    assert list(pages) == ["NLP", "new tag"]
    assert pages["NLP"][0].tags == ("NLP", "new tag")
    assert pages["NLP"][0].labels == ("NLP", "action_wanted", "new tag")


@pytest.mark.parametrize(
    ("tags", "printed", "paged"),
    [
        (("RLVR", "NLP"), ("Article", "NLP", "RLVR"), {"NLP", "RLVR"}),
        (("NLP", "Article"), ("Article", "NLP"), {"NLP", "Article"}),
        ((), ("Article",), set()),
    ],
)
def test_a_note_without_venue_year_shows_article_first(
    tags: tuple[str, ...], printed: tuple[str, ...], paged: set[str]
) -> None:
    pages = select([paper(1, "", tags=tags)], RULES)
    assert set(pages) == paged
    assert all(items[0].tags == printed for items in pages.values())


def test_the_pages_own_tag_is_left_out_of_its_entries() -> None:
    article = paper(1, "", tags=("Article", "NLP"))
    assert draw("text", [article], "Article").startswith("Article\n#NLP\nIssue Date")
    assert draw("text", [article], "NLP").startswith("NLP\n#Article\nIssue Date")


def test_text_is_the_seeds_block_layout() -> None:
    assert draw("text", [NOTE, paper(3, "", comments=("- #2\r\n\r\n## 概要\r\n#タグ (#4) C# x/#y",))]).split("\n") == [
        "NLP",
        "#Test-Time Scaling",
        "Issue Date: 2026-06-30",
        "[Paper Note] A Title (of Two), Ann Author+, N_A, ACL'26, 2026.06",
        "Summary要約。",
        "Comment元ポスト:https://x.com/ann/status/20?s=20",
        "関連:",
        "・11",
        "よく効いている。",
        "#Article",
        "Issue Date: 2026-05-01",
        "T3",
        "Comment・2",
        "概要",
        "タグ (4) C# x/#y",
        "",
    ]


def test_text_leaves_out_what_is_not_there() -> None:
    bare = Note("T, ACL'26", tags=("NLP",), comments=("<img src='x'>", " "))
    assert draw("text", [bare]) == "NLP\nT, ACL'26\n"


def test_text_holds_no_control_characters_and_no_line_of_a_summary_stands_alone() -> None:
    note = replace(NOTE, summary="a\n#NLP\x1b[31m\u202e b", tags=("NLP",), comments=())
    assert draw("text", [note]).split("\n")[3] == "Summarya #NLP[31m b"


def test_markdown_is_a_page_of_the_seeds_era() -> None:
    assert draw("markdown", [NOTE]) == (
        "---\nlayout: post\ntitle: NLPに関する論文・技術記事メモの一覧\n"
        'author: "owner"\n---\n## NLP\n<div class="visible-content">\n'
        '<a class="button" href="articles/Test-Time%20Scaling.html">#Test-Time Scaling</a>'
        '<br><span class="issue_date">Issue Date: 2026-06-30</span>\n'
        '<a href="https://github.com/owner/notes/issues/12">'
        "[Paper Note] A Title （of Two）, Ann Author+, N_A, ACL&#39;26, 2026.06</a>\n"
        '<span class="snippet"><span>Summary</span>要約。</span>\n'
        '<span class="snippet"><span>Comment</span><p>元ポスト:<br>'
        '<a href="https://x.com/ann/status/20?s=20">https://x.com/ann/status/20?s=20</a></p>'
        '<p>関連:<br>- <a href="https://github.com/owner/notes/issues/11">#11</a></p>'
        "<p>よく効いている。</p></span>\n</div>\n"
    )


def test_markdown_shows_three_entries_and_hides_the_rest_behind_a_button() -> None:
    page = draw("markdown", [paper(number, "ACL'25") for number in range(1, 6)])
    shown, hidden = page.split('</div>\n<button onclick="showMore(0)">more</button>\n\n<div class="hidden-content">\n')
    assert [shown.count("Issue Date"), hidden.count("Issue Date")] == [3, 2]
    assert hidden.endswith('<button onclick="hideContent(0)" style="display: none;">hide</button>\n</div>\n')
    assert "showMore" not in draw("markdown", [paper(number, "ACL'25") for number in range(1, 4)])


def test_markdown_links_only_where_there_is_something_to_link_to() -> None:
    article = paper(None, "", comments=("#1 と #2 https://a.b/#2", "[x](https://a.b) http://u@a.b"), refs=(2,))
    page = draw("markdown", [article])
    assert '<span class="button">#Article</span><br>' in page
    assert "\nTNone\n" in page
    assert [link for link in Elements(page).links if link] == [
        "https://github.com/owner/notes/issues/2",
        "https://a.b/#2",
        "https://a.b",
    ]
    assert "owner" not in draw("markdown", [NOTE], rules=replace(RULES, repo=None))


def test_markdown_shows_pictures_and_headings_of_comments() -> None:
    comment = '## 概要\n<img width="9" alt="Image" src="https://a.b/c?d=e&f" />![x](https://a.b/{{1}}) ![y](/local)'
    page = draw("markdown", [replace(NOTE, comments=(comment,))])
    assert '<p><strong>概要</strong><br><img src="https://a.b/c?d=e&amp;f" alt="image">![x](' in page
    assert "![y](/local)" in page


@pytest.mark.parametrize(
    ("label", "title"),
    [
        ("Supervised-FineTuning (SFT)", None),
        ("a: b #c", "a: b #c"),
        ('"x"\n---\nlayout: evil', '"x" --- layout: evil'),
        ("{{ x }}", "{{ x }}"),
        ("<b>", "＜b＞"),
        ("- x", "- x"),
    ],
)
def test_front_matter_is_what_it_should_be_whatever_the_tag(label: str, title: str | None) -> None:
    page = draw("markdown", [paper(1, "ACL'26", tags=(label,))], label)
    lines = page.split("\n")
    rest = "に関する論文・技術記事メモの一覧"
    assert lines[2] == "title: " + (label + rest if title is None else json.dumps(title + rest, ensure_ascii=False))
    assert [lines.index("---", 1), lines[5].startswith("## ")] == [4, True]
    assert not re.search(r"\{[{%]|<(?!div|/?span|/?a |/a|br|/div)", "\n".join(lines[5:]))


@given(st.text() | st.just(HOSTILE))
def test_text_from_outside_stays_text_in_every_form(text: str) -> None:
    note = replace(
        NOTE, title_line=text, summary=text, comments=(text, text), body=text, tags=("NLP", f"x{text}"), urls=(text,)
    )
    pages = select([note], RULES)
    for label in pages:
        page = render(make_form("markdown", pages, RULES), label, pages[label])
        body = page.split("\n", 6)[6]
        found = Elements(body)
        assert found.names <= {"div", "a", "br", "span", "p", "strong", "img", "button"}
        assert all(re.match(r"https?://|articles/", link or "") for link in found.links)
        assert not re.search(r"\{[{%]|\n\n", body)
        assert len(ET.fromstring(render(make_form("xml", pages, RULES), label, pages[label]))) == 1
        render(make_form("text", pages, RULES), label, pages[label])


def test_xml_has_the_fields_of_agent_docs_and_is_well_formed() -> None:
    note = replace(NOTE, body="# URL\n- https://a.b/?a=1&b=2 <search>\x0b\ufffe", title_line="A/B! <x>,\n  ACL'26")
    page = draw("xml", [note, paper(3, "", day=9, comments=(), urls=("ftp://x",)), paper(None, "", issue_date=None)])
    assert page.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<paper-list last-updated="2026-06-30">\n')
    assert page.endswith("</paper-entry>\n\n</paper-list>\n")
    first, second, third = (
        {field.tag: field.text for field in entry} for entry in ET.fromstring(page).findall("paper-entry")
    )
    comments = first.pop("maintainer-comment-text")
    assert comments is not None
    assert comments.startswith("<p>元ポスト:<br>")
    assert first == {
        "title": "A_B <x>,  ACL'26",
        "original-paper-blog-link": "https://arxiv.org/abs/2606.21155v1",
        "repo-issue-link": "https://github.com/owner/notes/issues/12",
        "tags": "NLP, Test-Time Scaling, action_wanted",
        "repo-issue-date": "2026-06-30",
        "issue-body": "# URL\n- https://a.b/?a=1&b=2 <search>",
    }
    assert (second["original-paper-blog-link"], second["maintainer-comment-text"]) == ("None", "None")
    assert (third["repo-issue-link"], third["repo-issue-date"]) == ("None", "None")


def test_an_undated_list_says_so() -> None:
    assert '<paper-list last-updated="None">' in draw("xml", [paper(1, "ACL'26", issue_date=None)])


@pytest.mark.parametrize(
    ("label", "stem"),
    [
        ("NLP", "NLP"),
        ("Supervised-FineTuning (SFT)", "Supervised-FineTuning (SFT)"),
        ("A/B Testing", "A_B Testing"),
        ("推論", "推論"),
        ("../x", "%2E._x"),
        (".", "%2E"),
        ("_x", "%5Fx"),
        ("x. ", "x.%20"),
        ("a:b?\n", "a%3Ab%3F%0A"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_file_names_are_safe(label: str, stem: str) -> None:
    assert file_stems([label], "_") == {label: stem}


def test_a_slash_stands_as_each_form_has_it() -> None:
    pages = select([replace(NOTE, tags=("A/B",))], RULES)
    files = {form: make_form(form, pages, RULES).files["A/B"] for form in FORMS}
    assert files == {"text": "text/A_B.txt", "markdown": "_articles/A_B.markdown", "xml": "agent_docs/A-B.xml"}


@given(st.lists(st.text(min_size=1) | st.sampled_from(["rlvr", "RLVR", "Rlvr", "A/B", "A_B", "x" * 999]), unique=True))
def test_no_two_names_are_alike_and_a_new_tag_moves_no_file(labels: list[str]) -> None:
    stems = file_stems(labels, "_")
    assert len({stem.casefold() for stem in stems.values()}) == len(labels)
    assert all(len(stem.encode()) < 225 and "/" not in stem and stem[0] != "." for stem in stems.values())
    for count in range(len(labels)):
        assert file_stems(labels[:count], "_").items() <= stems.items()


def test_the_older_of_two_tags_that_differ_in_case_keeps_the_plain_name() -> None:
    pages = select([paper(5, "", tags=("RLVR",)), paper(4, "", tags=("rlvr",))], RULES)
    files = make_form("markdown", pages, RULES).files
    assert files["rlvr"] == "_articles/rlvr.markdown"
    assert re.fullmatch(r"_articles/RLVR-[0-9a-f]{8}\.markdown", files["RLVR"])
    assert f'href="articles/{files["RLVR"][10:-9]}.html"' in draw(
        "markdown", [paper(5, "", tags=("RLVR", "NLP")), paper(4, "", tags=("rlvr",))]
    )


@pytest.mark.parametrize(
    ("change", "forms"),
    [
        ({"summary": "x"}, {"text", "markdown"}),
        ({"body": "x"}, {"xml"}),
        ({"number": 13}, {"markdown", "xml"}),
        ({"comments": ()}, set(FORMS)),
        ({"tags": ("NLP", "RLVR")}, set(FORMS)),
        ({"posts": ("https://x.com/i/status/1",), "kind": "article", "state": None}, set()),
    ],
)
def test_a_fingerprint_changes_with_what_its_page_shows(change: dict[str, object], forms: set[str]) -> None:
    prints = [
        {form: fingerprint(make_form(form, pages, RULES), pages["NLP"]) for form in FORMS}
        for pages in (select([NOTE], RULES), select([replace(NOTE, **change)], RULES))
    ]
    assert {form for form in FORMS if prints[0][form] != prints[1][form]} == forms
