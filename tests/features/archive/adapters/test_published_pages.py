"""The pages: their plain text as a browser copies it, and the files that the site publishes."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growth import grows_linearly, repeated
from notebot.core.model.note import Note
from notebot.features.archive.adapters.formats import Reading, read_page, read_seed_text
from notebot.features.archive.adapters.formats.seed_entry import split_entry, tag_run
from paths import REAL_DATA

SEED = REAL_DATA / "seed"

VISIBLE = """Issue Date: 2025-07-10 [Paper Note] Ducks: A Summary of Ponds, Ann Author+, COLM'25 Summaryアヒルは泳ぐ。 Comment元ポスト:https://x.com/Ann/status/20?s=46&t=Y-Q非常に大きな池
(2199)をベースに #NLP #Supervised-FineTuning (SFT)
Issue Date: 2025-07-09 Geese, Bo Author, arXiv'25 Summaryガチョウ。
"""
HIDDEN = """#NLP
#Author Thread-Post
Issue Date: 2024-05-08
Swans, Cy Author+, NeurIPS'24 Datasets and Benchmarks Track
Summary白鳥は、CommentBankより白い。
Commentopenreview: https://openreview.example/forum?id=Qdiscussion
関連
・1832
・3つの池 #Survey #Pocket Issue Date: 2023-10-29 Herons, Di Author+, N_A, arXiv'23 Summaryサギ。 Comment一行目
二行目
三行目 #Article #NLP Issue Date: 2024-12-27 鳥の系譜 - 池まで, writer, 2024.12 Comment・1618
最後の行
"""
TAIL = """関連
・1832
・3つの池 #Survey #Pocket Issue Date: 2023-10-29 Herons, Di Author+, N_A, arXiv'23 Summaryサギ。 Comment一行目
三行目 #Article #NLP Issue Date: 2024-12-27 鳥の系譜 - 池まで, writer, 2024.12 Comment・1618
最後の行"""
PAGE = f"Birds\n#Water\n#NLP\n{VISIBLE}#Water\n#NLP\n{VISIBLE}{HIDDEN}{TAIL}"


def read_text(folder: Path, text: str) -> Reading:
    path = folder / "birds.txt"
    path.write_text(text)
    return read_seed_text(path)


def test_each_entry_of_a_page_s_text_comes_once(tmp_path: Path) -> None:
    reading = read_text(tmp_path, PAGE)
    assert not reading.unread
    assert reading.notes == [
        Note(
            "[Paper Note] Ducks: A Summary of Ponds, Ann Author+, COLM'25",
            issue_date=date(2025, 7, 10),
            tags=("Water", "NLP", "Birds"),
            page_tag="Birds",
            summary="アヒルは泳ぐ。",
            comments=("元ポスト:https://x.com/Ann/status/20?s=46&t=Y-Q非常に大きな池\n(2199)をベースに",),
            posts=("https://x.com/ann/status/20",),
        ),
        Note(
            "Geese, Bo Author, arXiv'25",
            issue_date=date(2025, 7, 9),
            tags=("NLP", "Supervised-FineTuning (SFT)", "Birds"),
            page_tag="Birds",
            summary="ガチョウ。",
        ),
        Note(
            "Swans, Cy Author+, NeurIPS'24 Datasets and Benchmarks Track",
            issue_date=date(2024, 5, 8),
            tags=("NLP", "Author Thread-Post", "Birds"),
            page_tag="Birds",
            summary="白鳥は、CommentBankより白い。",
            comments=("openreview: https://openreview.example/forum?id=Qdiscussion\n関連\n・1832\n・3つの池",),
            refs=(1832,),
        ),
        Note(
            "Herons, Di Author+, N_A, arXiv'23",
            issue_date=date(2023, 10, 29),
            tags=("Survey", "Pocket", "Birds"),
            page_tag="Birds",
            summary="サギ。",
            comments=("一行目\n二行目\n三行目",),
        ),
        Note(
            "鳥の系譜 - 池まで, writer, 2024.12",
            issue_date=date(2024, 12, 27),
            tags=("Article", "NLP", "Birds"),
            page_tag="Birds",
            comments=("・1618\n最後の行",),
            refs=(1618,),
            kind="article",
        ),
    ]


def test_a_comment_that_only_the_second_print_has_whole_is_taken_from_there(tmp_path: Path) -> None:
    entry = "Issue Date: 2025-01-01 Ducks, A+, ACL'25 Comment一行目"
    reading = read_text(tmp_path, f"Birds\n{entry}\n{entry}\n二行目")
    assert [note.comment for note in reading.notes] == ["一行目\n二行目"]
    assert not reading.unread


def test_what_only_a_second_print_says_is_listed(tmp_path: Path) -> None:
    entry = "Issue Date: 2025-01-01 Ducks, A+, ACL'25 Comment"
    reading = read_text(tmp_path, f"Birds\n{entry}一行目\n{entry}別の行")
    assert [note.comment for note in reading.notes] == ["一行目"]
    assert [(unread.where, unread.text) for unread in reading.unread] == [("line 3", "別の行")]


def test_what_is_not_an_entry_is_listed(tmp_path: Path) -> None:
    text = (
        "Birds\n池の話\nIssue Date: 2025-02-30 Ducks, A+\n#NLP\nIssue Date: 2025-01-01\n\n#B\n"
        "Issue Date: 2025-01-02\nGeese, B\nNotes: 白い\nSummaryガチョウ"
    )
    reading = read_text(tmp_path, text)
    assert [(note.title_line, note.tags) for note in reading.notes] == [("Geese, B", ("B", "Birds"))]
    assert [(unread.where, unread.text) for unread in reading.unread] == [
        ("line 2", "池の話"),
        ("line 3", "Issue Date: 2025-02-30 Ducks, A+\n"),
        ("line 5", "#NLP\nIssue Date: 2025-01-01\n\n"),
        ("line 8", "Notes: 白い\nSummaryガチョウ"),
    ]


@pytest.mark.parametrize(
    ("text", "title", "summary", "comment"),
    [
        (" T, A+, ACL'25 Summary要約。 Comment見解", "T, A+, ACL'25", "要約。", "見解"),
        (" T, A+, ACL'25 Summaryabc. Commentopen", "T, A+, ACL'25", "abc.", "open"),
        (" T, A+, 2025.05 Commentopen: x", "T, A+, 2025.05", None, "open: x"),
        (" A Summary of CommentBank, A+, ACL'25 Summary要約", "A Summary of CommentBank, A+, ACL'25", "要約", None),
        (" Comments on Summaries, A Commentary", "Comments on Summaries, A Commentary", None, None),
        (" CommentBank, A", "CommentBank, A", None, None),
        (" 記事, 著者 Comment見解", "記事, 著者", None, "見解"),
        (" T, 2021 Summary本文は CommentBankを使い、 Comment見解", "T, 2021", "本文は", "Bankを使い、 Comment見解"),
        (" T, 2021 Summary本文は Commentsを使う", "T, 2021", "本文は Commentsを使う", None),
        ("\nT\nSummary本文。 CommentBank\nCommentlower", "T", "本文。 CommentBank", "lower"),
        ("\nT\nSummary\nComment", "T", None, None),
        ("\nT", "T", None, None),
    ],
)
def test_title_summary_and_comment_are_distinguished(
    text: str, title: str, summary: str | None, comment: str | None
) -> None:
    parts = split_entry(text)
    assert (parts.title, parts.summary, parts.comment, parts.rest) == (title, summary, comment, None)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("不安 #Pocket #Supervised-FineTuning (SFT) #RL\n", ["Pocket", "Supervised-FineTuning (SFT)", "RL"]),
        ("#A\n#B C\n", ["A", "B C"]),
        ("C#5 #A #A", ["A"]),
        ("#1832 #A", ["A"]),
        ("#見出しは、本文 #A", ["A"]),
        ("#A 本文\nの続き", []),
        ("#" + "a" * 400, []),
        ("", []),
    ],
)
def test_the_tags_are_the_last_run_of_hashtags(text: str, tags: list[str]) -> None:
    found, start = tag_run(text, 0, len(text))
    assert list(found) == tags
    assert (start == len(text)) == (not tags)


@given(
    st.lists(st.sampled_from(["Issue Date: 2025-01-01", "#A", " ", "\n", "Summary", "Comment", "T'25", "あ。", "・12"]))
)
def test_no_word_of_a_page_s_text_is_lost(pieces: list[str]) -> None:
    body = f"\nIssue Date: 2025-01-02 T'25{''.join(pieces)}"
    parts = split_entry(body)
    kept = "".join(part or "" for part in (parts.title, parts.summary, parts.comment, parts.rest))
    assert len("".join(kept.split())) >= len("".join(body.split())) - len("SummaryComment")


@pytest.mark.parametrize(
    "unit",
    ["#a ", "# ", "Issue Date: 2025-01-01 ", "Issue Date: 2025-01-01 T", " Comment", " Summary'25", "\nComment", "#"],
)
def test_much_of_the_same_text_is_read_in_linear_time(tmp_path: Path, unit: str) -> None:
    def page_of(size: int) -> str:
        text = repeated(unit, size)
        return f"Birds\nIssue Date: 2025-01-01 T'25 Summary{text}{text}Issue Date: 2025-01-02 U{text}"

    assert grows_linearly(lambda size: read_text(tmp_path, page_of(size)), 100_000)


@pytest.mark.skipif(not SEED.exists(), reason="the real material is not here")
def test_the_seed_gives_its_fourteen_notes() -> None:
    reading = read_seed_text(SEED / "mathematics.txt")
    known = [json.loads(line) for line in (SEED / "notes.jsonl").read_text().splitlines()]
    assert not reading.unread
    assert [(note.title_line, str(note.issue_date)) for note in reading.notes] == [
        (note["title_line"], note["issue_date"]) for note in known
    ]
    for note, right in zip(reading.notes, known, strict=True):
        assert list(note.tags) == [tag for tag in right["tags"] if tag != "Mathematics"] + ["Mathematics"]
    assert [bool(note.summary) for note in reading.notes] == [True] * 12 + [False] * 2
    assert (reading.notes[-1].comment or "").endswith("思っていた。")
    assert sum(len(note.posts) for note in reading.notes) == 10


REPO = "https://github.com/owner/notes/issues/"
FRONT = "---\nlayout: post\ntitle: A/B Testingに関する論文・技術記事メモの一覧\nauthor: X\n---\n## A/B Testing\n"


def button(tag: str) -> str:
    return f'<a class="button" href="articles/{tag.replace("/", "_")}.html">#{tag}</a>'


def dated(number: int, title: str, *, tags: tuple[str, ...] = ("NLP",), day: str = "2025-07-10") -> str:
    return (
        "".join(map(button, tags))
        + f'<br><span class="issue_date">Issue Date: {day}</span>\n<a href="{REPO}{number}">{title}</a>\n'
    )


def snippet(label: str, html: str) -> str:
    return f'<span class="snippet"><span>{label}</span>{html}</span>\n'


def page(visible: str, hidden: str = "", front: str = FRONT) -> str:
    return (
        f'{front}<div class="visible-content">\n{visible}</div>\n<button onclick="showMore(0)">more</button>\n\n'
        f'<div class="hidden-content">\n{hidden}<button onclick="hideContent(0)" style="display: none;">hide</button>\n'
        "</div>\n<footer>of the site</footer>"
    )


def read_html(folder: Path, text: str) -> Reading:
    path = folder / "page.markdown"
    path.write_text(text)
    return read_page(path)


def test_entries_of_a_published_page_are_read(tmp_path: Path) -> None:
    ducks = dated(2180, "[Paper Note] Ducks &amp; Ponds, Ann Author+, COLM'25", tags=("Efficiency/SpeedUp", "SFT (x)"))
    comment = (
        '<p>元ポスト:<a href="https://twitter.com/Ann/status/20?s=46&t=Y-Q">https://twitter.com/Ann/status/20?s=46&t=Y-Q'
        f'</a></p><p>関連<br>- <a href="{REPO}7">A Title</a><br>- #2180 と #12</p>'
    )
    geese = dated(44, "ガチョウ, writer, 2024.12", tags=("Article", "Article"), day="2024-12-27")
    reading = read_html(tmp_path, page(ducks + snippet("Summary", "泳ぐ。") + snippet("Comment", comment), geese))
    assert not reading.unread
    assert reading.notes == [
        Note(
            "[Paper Note] Ducks & Ponds, Ann Author+, COLM'25",
            2180,
            date(2025, 7, 10),
            ("Efficiency/SpeedUp", "SFT (x)", "A/B Testing"),
            "A/B Testing",
            summary="泳ぐ。",
            comments=("元ポスト:https://x.com/Ann/status/20?s=46&t=Y-Q", "関連\n- #7\n- #2180 と #12"),
            posts=("https://x.com/ann/status/20",),
            refs=(7, 12),
        ),
        Note(
            "ガチョウ, writer, 2024.12",
            44,
            date(2024, 12, 27),
            ("Article", "A/B Testing"),
            "A/B Testing",
            kind="article",
        ),
    ]


def test_entries_without_tags_end_where_the_next_begins(tmp_path: Path) -> None:
    entries = (
        dated(number, f"T{number}, A+, ACL'25", tags=()) + snippet("Summary", f"要約{number}") for number in (1, 2)
    )
    reading = read_html(tmp_path, page("".join(entries), dated(3, "T3, A+, ACL'25")))
    assert [(note.number, note.summary) for note in reading.notes] == [(1, "要約1"), (2, "要約2"), (3, None)]
    assert not reading.unread


def test_entries_of_newer_pages_are_fenced(tmp_path: Path) -> None:
    head = (
        '<article class="paper-entry">\n<h3 id="ducks-2180" class="title-link">Ducks, A+, ACL\'25, 2025.07</h3><br>\n'
        '<a href="https://arxiv.org/abs/2507.00001" target="_blank" class="external-link-badge">Paper/Blog Link</a>\n'
        f'<a href="{REPO}2180" target="_blank" class="external-link-badge">My Issue</a>\n'
    )
    rest = (
        f'{button("NLP")}\n<span class="issue_date">Issue Date: 2025-07-10</span>\n'
        + snippet("GPT Summary", "- 要約")
        + snippet("Comment", "<p>見解</p>").strip()
        + "<br><br>\n"
    )
    front = '<h2 id="math" class="paper-head">Math (231) — 2/2</h2>\n'
    cut = '<article class="paper-entry">\n' + rest
    reading = read_html(tmp_path, page(head + rest + "</article>\n", cut, front))
    assert reading.notes == [
        Note(
            "Ducks, A+, ACL'25, 2025.07",
            2180,
            date(2025, 7, 10),
            ("NLP", "Math"),
            page_tag="Math",
            urls=("https://arxiv.org/abs/2507.00001",),
            arxiv_id="2507.00001",
            summary="要約",
            comments=("見解",),
        )
    ]
    assert [(unread.where, unread.why) for unread in reading.unread] == [
        ("line 16", "The entry has no date, no title or no issue.")
    ]


def test_the_beginnings_that_old_pages_show_are_no_comments(tmp_path: Path) -> None:
    entry = (
        dated(12, "Ducks, A+, arXiv23")
        + snippet("Summary", "No description ...")
        + snippet("Comment", "context長が ...")
        + '<span class="snippet">概要 ...</span>\n<img src="https://i.example/1" alt="image">'
    )
    reading = read_html(tmp_path, page(entry, dated(13, "Geese") + "語り\n" + snippet("Comment", "No comments ...")))
    assert [(note.number, note.summary, note.comments, note.kind) for note in reading.notes] == [
        (12, None, (), "paper"),
        (13, None, (), "article"),
    ]
    assert [(unread.where, unread.text) for unread in reading.unread] == [
        ("line 8", "context長が ..."),
        ("line 8", '<img src="https://i.example/1" alt="image">'),
        ("line 8", "概要 ..."),
        ("line 17", "語り"),
    ]


def test_a_page_that_names_no_tag_says_so(tmp_path: Path) -> None:
    reading = read_html(tmp_path, page(dated(12, "Ducks"), front=""))
    assert [note.tags for note in reading.notes] == [("NLP",)]
    assert [unread.why for unread in reading.unread] == ["The page does not say which tag it is of."]


def test_a_page_s_own_tag_that_it_does_show_keeps_its_place(tmp_path: Path) -> None:
    [note] = read_html(tmp_path, page(dated(12, "Ducks", tags=("A/B Testing", "NLP")))).notes
    assert (note.tags, note.page_tag) == (("A/B Testing", "NLP"), None)
    [note] = read_text(tmp_path, "Birds\n#Birds\n#NLP\nIssue Date: 2025-01-01 Ducks, A").notes
    assert (note.tags, note.page_tag) == (("Birds", "NLP"), None)


def test_a_line_break_in_the_html_of_a_title_is_a_blank(tmp_path: Path) -> None:
    reading = read_html(tmp_path, FRONT + dated(1, "\n  Birds of the\r\n\tNorth, A+, 2025.07\n"))
    assert [note.title_line for note in reading.notes] == ["Birds of the North, A+, 2025.07"]


def test_only_whole_character_references_are_resolved(tmp_path: Path) -> None:
    comment = "<p>&lt;b&gt; &#39; &nosuch; https://a.example/?x=1&copy=2</p>"
    reading = read_html(tmp_path, page(dated(12, "Ducks") + snippet("Comment", comment)))
    assert reading.notes[0].comments == ("<b> ' &nosuch; https://a.example/?x=1&copy=2",)


@pytest.mark.parametrize(
    "unit",
    [
        '<a class="button" ',
        '<a class="button">#A</a>',
        '<article class="paper-entry">',
        '<span class="snippet">',
        "<h1>",
        '<h1 class="title-link">',
        '<span class="issue_date">Issue Date: 2025-01-01</span>',
        "&#1",
        "<p><br>",
        " ",
    ],
)
def test_much_of_the_same_html_is_read_in_linear_time(tmp_path: Path, unit: str) -> None:
    def page_of(size: int) -> str:
        text = repeated(unit, size)
        return text + page(dated(12, "Ducks") + snippet("Comment", text))

    assert grows_linearly(lambda size: read_html(tmp_path, page_of(size)), 100_000)
