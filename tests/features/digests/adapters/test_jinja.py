"""Pages and stubs drawn: your own templates first, strict about names, in a sandbox, outside text harmless."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import DAY, entry, paper
from notebot.core.model.changes import TitleChanged
from notebot.core.model.errors import UsageError
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.offer import Update
from notebot.core.model.reasons import NewVersion
from notebot.core.model.stub import (
    NOT_IN_TABLE,
    AttributedText,
    Curator,
    FoundTerm,
    Related,
    RelatedKind,
    RelatedReason,
    Stub,
    TagEvidence,
    TopicEvidence,
    Venue,
)
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.packaged_files import packaged_path
from notebot.core.text.escaping import restore
from notebot.core.text.tex import collapse
from notebot.features.digests.adapters.jinja import FORMS, TEMPLATES, JinjaRenderer, inline
from notebot.features.digests.rules.layout import Coverage, Layout, Section
from notebot.features.topics.rules.drafting import draft_from_entry, draft_from_paper

STYLE = NoteStyle()
TOPICS = ("Math", "Models")
NOTHING = Coverage(DAY, (), ())
PACKAGED = JinjaRenderer(STYLE, "en", TOPICS)


def stub(**changes: object) -> Stub:
    """A complete stub of the topic Math."""
    draft = draft_from_paper(paper(), None, ())
    return replace(draft, **{"topics": ("Math",), "tags": ("NLP", "Math"), "issue_date": DAY, **changes})


def own(folder: Path, name: str, text: str) -> JinjaRenderer:
    """A renderer with a template of the curator's own."""
    (folder / name).write_text(text, encoding="utf-8")
    return JinjaRenderer(STYLE, "en", TOPICS, folder)


def digest(*stubs: Stub, renderer: JinjaRenderer = PACKAGED, coverage: Coverage = NOTHING) -> str:
    return renderer.digest(DAY, Layout((Section("Math", stubs),), ()), (), coverage)


# templates of one's own


def test_every_packaged_template_parses_and_is_known() -> None:
    PACKAGED.check()
    assert {path.name for path in packaged_path("templates").glob("*.j2")} == set(TEMPLATES)


def test_the_curator_s_template_comes_first_and_the_packaged_ones_fill_the_gaps(tmp_path: Path) -> None:
    mine = own(tmp_path, FORMS["text"], "Mine: {{ stub | title_line }}\n")
    assert mine.stub("text", stub()) == "Mine: [Paper Note] Math for models, Ada Lovelace+, arXiv'26, 2026.05\n"
    assert mine.stub("issue", stub()) == PACKAGED.stub("issue", stub())
    mine.check()


def test_the_curators_macro_changes_the_packaged_digest(tmp_path: Path) -> None:
    mine = own(
        tmp_path,
        "entry.md.j2",
        "{% macro entry(stub, day, words) %}E{% endmacro %}{% macro headline(stub) %}{% endmacro %}",
    )
    assert "\n## Math\n\nE\n" in digest(stub(), renderer=mine)


def test_renderers_that_share_templates_differ_in_language_and_style_and_see_an_edit(tmp_path: Path) -> None:
    mine = own(tmp_path, FORMS["text"], "{{ words.other }} {{ stub | title_line }}")
    japanese = JinjaRenderer(NoteStyle(prefix=""), "ja", TOPICS, tmp_path)
    assert mine.stub("text", stub()).startswith("No topic [Paper Note] Math")
    assert japanese.stub("text", stub()).startswith("トピックなし Math")
    assert own(tmp_path, FORMS["text"], "edited").stub("text", stub()) == "edited"


def test_a_missing_templates_folder_leaves_the_packaged_templates(tmp_path: Path) -> None:
    assert JinjaRenderer(STYLE, "en", TOPICS, tmp_path / "nowhere").stub("text", stub())


@pytest.mark.parametrize(
    ("template", "line", "what"),
    [
        ("one\n{{ nosuch }}", 2, "nosuch"),
        ("{{ stub.titel }}", 1, "titel"),
        ("\n\n{% if stub.tags %}\n{{ stub.tags[99] }}{% endif %}", 4, "99"),
        ("{{ stub() }}", 1, "not callable"),
        ("a\n{{ 'x' + 1 }}", 2, "str"),
        ("{{ stub | change('x') }}", 1, "curator"),
    ],
)
def test_an_unknown_name_is_reported_with_template_and_line(
    tmp_path: Path, template: str, line: int, what: str
) -> None:
    mine = own(tmp_path, FORMS["text"], template)
    mine.check()
    with pytest.raises(UsageError) as caught:
        mine.stub("text", stub())
    assert f"{tmp_path / FORMS['text']}, line {line}" in str(caught.value)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("template", "line"),
    [("one\n{% if %}", 2), ("{% for x in y %}", 1), ("\n\n{{ stub | nofilter }}", 3), ("{{ 'open", 1)],
)
def test_a_syntax_error_is_reported_with_its_line(tmp_path: Path, template: str, line: int) -> None:
    mine = own(tmp_path, FORMS["text"], template)
    for act in (mine.check, lambda: mine.stub("text", stub())):
        with pytest.raises(UsageError, match=f"does not parse at line {line}") as caught:
            act()
        assert str(tmp_path / FORMS["text"]) in str(caught.value)


def test_a_missing_included_template_is_reported(tmp_path: Path) -> None:
    mine = own(tmp_path, FORMS["text"], "{% include 'footer.j2' %}")
    with pytest.raises(UsageError, match=r"no template footer\.j2"):
        mine.stub("text", stub())


def test_a_template_that_is_not_utf_8_is_reported(tmp_path: Path) -> None:
    (tmp_path / FORMS["text"]).write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=FORMS["text"]):
        JinjaRenderer(STYLE, "en", TOPICS, tmp_path).check()


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ stub.__class__.__init__.__globals__ }}",
        "{{ words.__class__.__subclasses__() }}",
        "{{ ''['__class__']['__mro__'] }}",
        "{{ stub | attr('__class__') | attr('__mro__') }}",
        "{{ '{0.__class__.__mro__}'.format(stub) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ stub.tags.append('x') }}{{ [].append(1) }}",
        "{% include '../../../../../etc/hostname' %}",
    ],
)
def test_a_template_cannot_leave_its_sandbox(tmp_path: Path, template: str) -> None:
    with pytest.raises(UsageError):
        own(tmp_path, FORMS["text"], template).stub("text", stub())


# text from outside


@given(st.text(max_size=80))
def test_escaping_a_line_can_be_undone(text: str) -> None:
    assert restore(inline(text)) == collapse(text)
    assert len(inline(text).splitlines()) <= 1


HOSTILE = st.lists(
    st.sampled_from(
        [
            *("<!-- nb 1 -->", "-->", "<b>", "{{ x }}", "{% x %}", "{# x", "&lt;", "&", "\u200e", "あ"),
            *("@you", "#12", "Fixes", "GH-1", "`", "```", "[x]", "[a](b)", "\\#", "\\", "-", "#", ">", "$a_b$"),
        ]
    ),
    min_size=1,
).map(" ".join)


@given(HOSTILE, HOSTILE)
def test_the_heading_of_an_entry_gives_back_title_line_and_author(title: str, author: str) -> None:
    one = stub(title=title, authors=(author, "B"))
    lines = [line for line in digest(one).splitlines() if line.startswith("### ")]
    assert len(lines) == 1
    heading = lines[0].removeprefix("### ")
    assert heading.startswith("[Paper Note] ")
    assert restore(heading.removeprefix("[Paper Note] ")) == title_line(one, STYLE).rest


@given(HOSTILE)
def test_the_heading_of_a_one_liner_gives_back_the_title_line(title: str) -> None:
    one = stub(title=title)
    text = PACKAGED.digest(DAY, Layout((), (one,)), (), NOTHING)
    line = next(line for line in text.splitlines() if line.startswith("- [ ] "))
    drawn = line.removeprefix("- [ ] ").removesuffix(" https://arxiv.org/abs/2605.00001 <!-- nb 2605.00001 -->")
    assert restore(drawn) == title_line(one, STYLE).rest


@given(HOSTILE)
def test_no_text_of_a_paper_can_open_an_entry_a_section_or_a_comment(text: str) -> None:
    one = stub(
        title=text,
        abstract=text,
        authors=(text, "B"),
        categories=(text,),
        comment=text,
        summary=AttributedText(text, text),
        curator=Curator(text),
    )
    page = digest(one)
    assert page.count("<!--") == 4
    assert page.count("<!-- nb ") == 2
    assert page.count("\n## ") == 2
    assert page.count("\n- [ ] ") == 2
    assert page.count("https://arxiv.org/abs/2605.00001") == 1


# forms


def test_an_issue_is_written_as_the_archive_s_own_bot_wrote_it() -> None:
    one = stub(
        authors=("Ada Lovelace", ":", r"Paul Erd\H{o}s"),
        translation=AttributedText("訳。", "gpt-5-nano"),
        summary=AttributedText("要約。", "gpt-4o-mini"),
        posts=("https://x.com/a/status/1",),
    )
    assert JinjaRenderer(STYLE, "ja", TOPICS).stub("issue", one) == (
        "title:  [Paper Note] Math for models, Ada Lovelace+, arXiv'26, 2026.05\n"
        "labels: NLP, Math\n"
        "body:\n"
        "# URL\n"
        "- https://arxiv.org/abs/2605.00001\n"
        "# Authors\n"
        "  - Ada Lovelace\n"
        "  - Paul Erdős\n"
        "# Abstract\n"
        "  - We prove a thing. It holds. It is useful.\n"
        "# Translation (by gpt-5-nano)\n"
        "- 訳。\n"
        "# Summary (by gpt-4o-mini)\n"
        "- 要約。\n"
        "\n"
        "comment 1:\n"
        "元ポスト:\n"
        "https://x.com/a/status/1\n"
    )


def test_an_issue_leaves_out_sections_without_content_and_the_extract() -> None:
    one = stub(authors=(), abstract="", summary=AttributedText("An extract.", "extractive"))
    assert PACKAGED.stub("issue", one).splitlines()[2:] == ["body:", "# URL", "- https://arxiv.org/abs/2605.00001"]


def test_an_entry_has_all_lines_that_the_curator_completes() -> None:
    one = stub(
        tags=("NLP", "RL"),
        tag_evidence=(TagEvidence("NLP", 1.0, sure=True, why="topic"), TagEvidence("RL", 0.3, sure=False, why="near")),
        matched=(TopicEvidence("Math", (FoundTerm("math*", "title"),)),),
        summary=AttributedText("It holds.", "extractive"),
    )
    assert PACKAGED.stub("entry", one) == (
        "<!-- nb 2605.00001 -->\n"
        "- [ ] keep\n"
        "- [ ] read-later\n"
        "\n"
        "#NLP #RL?\n"
        "Issue Date: 2026-05-12\n"
        "### [Paper Note] Math for models, Ada Lovelace+, arXiv'26, 2026.05\n"
        "https://arxiv.org/abs/2605.00001\n"
        "> Ada Lovelace, Emmy Noether · cs.CL · comment “12 pages” (no venue) · matched `math*` (title)\n"
        "\n"
        "**Summary** (extract) It holds.\n"
        "\n"
        "**Comment**\n"
        "Source post: \n"
        "\n"
        "<!-- /nb -->\n"
    )


def test_posts_are_where_the_curator_would_paste_them() -> None:
    page = PACKAGED.stub("entry", stub(posts=("https://x.com/a/status/1", "https://x.com/b/status/2")))
    assert "**Comment**\nSource post: https://x.com/a/status/1\nSource post: https://x.com/b/status/2\n" in page
    japanese = JinjaRenderer(STYLE, "ja", TOPICS).stub("entry", stub(posts=("https://x.com/a/status/1",)))
    assert "**Comment**\n元ポスト: https://x.com/a/status/1\n" in japanese


def test_headlines_are_grouped_by_topic_and_say_why_they_are_there() -> None:
    maths = TopicEvidence(
        "Math", (FoundTerm("math*", "title"), FoundTerm("math*", "abstract"), FoundTerm("RL", "title"))
    )
    first = stub(matched=(maths,), votes=12, posts=("https://x.com/a/status/1",), title=r"50\% of R\&D")
    other = stub(key="arxiv:2605.00002", arxiv_id="2605.00002", topics=(), url="https://arxiv.org/abs/2605.00002")
    page = JinjaRenderer(STYLE, "ja", TOPICS).digest(DAY, Layout((), (first, other)), (), NOTHING)
    assert (
        "## 見出しのみ\n\n### Math\n"
        "- [ ] 50% of R&amp;D, Ada Lovelace+, arXiv'26, 2026.05 https://arxiv.org/abs/2605.00001"
        " — 一致 math*, RL · 投稿 1 · ▲12 <!-- nb 2605.00001 -->\n"
        "\n### トピックなし\n"
        "- [ ] Math for models, Ada Lovelace+, arXiv'26, 2026.05 https://arxiv.org/abs/2605.00002"
        " <!-- nb 2605.00002 -->\n"
        "\n## Coverage\n"
    ) in page


def test_a_remark_on_the_evidence_is_not_in_the_author_s_quotation_marks() -> None:
    venue = Venue("arXiv'26", "arXiv", 2026, evidence=f"To appear in TeaConf {NOT_IN_TABLE}", confidence=0.5)
    page = JinjaRenderer(STYLE, "ja", TOPICS).stub("entry", stub(venue=venue))
    assert "会議の根拠: 備考「To appear in TeaConf」 (会議の表にありません) (0.50)" in page


def test_a_title_line_without_prefix_is_a_plain_heading() -> None:
    page = digest(stub(), renderer=JinjaRenderer(NoteStyle(prefix=""), "en", TOPICS))
    assert "\n### Math for models, Ada Lovelace+, arXiv'26, 2026.05\n" in page


def test_the_text_form_has_no_space_after_its_words() -> None:
    one = stub(summary=AttributedText("It holds.", "extractive"), posts=("https://x.com/a/status/1",))
    assert PACKAGED.stub("text", one) == (
        "#NLP\n#Math\nIssue Date: 2026-05-12\n"
        "[Paper Note] Math for models, Ada Lovelace+, arXiv'26, 2026.05\n"
        "SummaryIt holds.\n"
        "Comment元ポスト:https://x.com/a/status/1\n"
    )


def test_a_digest_contains_sections_headlines_updates_and_coverage() -> None:
    row = LedgerRow(DAY, "cs.CL", DayState.FRESH, Counts(fetched=3, unmatched=1, drafted=2), "It came.")
    second = stub(arxiv_id="2605.00002", url="https://arxiv.org/abs/2605.00002", sources=("A blog",))
    known = draft_from_entry(entry("2605.00009", "Known"), ())
    page = JinjaRenderer(STYLE, "ja", TOPICS).digest(
        DAY,
        Layout((Section("Math", (stub(),)),), (second,)),
        [(Update(1, known.key, TitleChanged("Better `known`"), NewVersion(2), "Known"), known)],
        Coverage(DAY, (row,), (), total=row.counts),
    )
    head = page.splitlines()
    assert head[:3] == ["<!-- nb digest 2026-05-12 -->", "# 2026-05-12 (火) 論文ダイジェスト", ""]
    assert head[3].startswith("全文 1 ・ 見出しのみ 1 ・ 更新 1 ・ ")
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## Math",
        "## 見出しのみ",
        "## Updates",
        "## Coverage",
    ]
    (update,) = [line for line in page.splitlines() if line.startswith("- arXiv:")]
    assert update.startswith("- arXiv:2605.00009 Known: 題名が変わりました → 「Better ")
    assert update.endswith("」 — v2 <!-- nb up 2605.00009 title -->")
    assert "`" not in update
    (headline,) = [line for line in page.splitlines() if "2605.00002" in line]
    assert headline.endswith(" https://arxiv.org/abs/2605.00002 — A blog <!-- nb 2605.00001 -->")
    assert "\n公告 3 件 = 一致せず 1 + 一致 2。" in page
    assert "<details><summary>分類ごと</summary>\n\n| 公告日 |" in page
    assert page.endswith("</details>\n\n<!-- /nb digest -->\n")


def test_a_digest_of_warnings_alone_has_only_its_coverage() -> None:
    row = LedgerRow(DAY, "cs.CL", DayState.FAILED, Counts(), "It is silent.")
    page = PACKAGED.digest(DAY, Layout((), ()), (), Coverage(DAY, (row,), ("cs.CL",)))
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## Coverage"]
    assert "**some announcements are missing (see Coverage)**" in page


@pytest.mark.parametrize(("most", "numbers"), [(0, []), (2, [7, 8]), (5, [7, 8, 9])])
def test_as_many_related_notes_as_wanted_each_with_its_reason(most: int, numbers: list[int]) -> None:
    reason = RelatedReason(RelatedKind.WORDS, ("@ann", "<beads>"))
    related = tuple(Related(number, f"Note {number}", 0.4, reason) for number in (7, 8, 9))
    page = digest(stub(related=related), renderer=JinjaRenderer(STYLE, "en", TOPICS, most_related=most))
    lines = [line for line in page.splitlines() if line.startswith("- [ ] related")]
    assert [restore(line) for line in lines] == [
        f"- [ ] related #{number} Note {number} — words in common: @ann, <beads>" for number in numbers
    ]
    assert all("<beads>" not in line for line in lines)
