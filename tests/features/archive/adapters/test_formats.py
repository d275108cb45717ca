"""The exports: issues from gh, notes one a line, the folder of agent_docs."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from growth import grows_linearly, repeated
from notebot.core.model.errors import UsageError
from notebot.core.model.note import Note, UnparsedPassage
from notebot.features.archive.adapters.formats import (
    note_from_issue,
    read_agent_docs,
    read_gh,
    read_notes,
    read_page,
    read_seed_text,
)
from paths import REAL_DATA

DATA = REAL_DATA
UNREADABLE = "it is JSON that cannot be read: nested too deeply, or a number too long"
READERS = (read_gh, read_notes, read_seed_text, read_page, read_agent_docs)

BODY = "# URL\n- https://arxiv.org/abs/2606.21155v1\n# Abstract\n  - It is.\n# Summary (by m)\n- 要約。"


def issue(**fields: Any) -> dict[str, Any]:
    return {
        "number": 12,
        "title": "[Paper Note] A Title, Ann Author+, ACL'26, 2026.06",
        "body": BODY,
        "labels": [{"id": "x", "name": "NLP", "color": "0e8a16"}, {"name": "Test-Time Scaling"}],
        "createdAt": "2026-06-30T23:59:59Z",
        "comments": [{"body": "元ポスト: https://twitter.com/Ann/status/20?s=20"}, {"body": "関連:\n- #11\n- #12"}],
        "url": "https://github.com/owner/notes/issues/12",
        "state": "OPEN",
    } | fields


NOTE = Note(
    title_line="[Paper Note] A Title, Ann Author+, ACL'26, 2026.06",
    number=12,
    issue_date=date(2026, 6, 30),
    tags=("NLP", "Test-Time Scaling"),
    urls=("https://arxiv.org/abs/2606.21155v1",),
    arxiv_id="2606.21155",
    summary="要約。",
    comments=("元ポスト: https://twitter.com/Ann/status/20?s=20", "関連:\n- #11\n- #12"),
    posts=("https://x.com/ann/status/20",),
    refs=(11,),
    body=BODY,
    state="open",
    kind="paper",
)


def save(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read_issues(folder: Path, *issues: Any) -> tuple[list[Note], list[UnparsedPassage]]:
    reading = read_gh(save(folder, "issues.json", json.dumps(list(issues))))
    assert len(reading.notes) == len(list(reading.notes))
    return list(reading.notes), reading.unread


def test_an_issue_becomes_a_note(tmp_path: Path) -> None:
    assert read_issues(tmp_path, issue()) == ([NOTE], [])


def test_the_issue_date_is_that_of_utc() -> None:
    created_at = datetime.fromisoformat("2026-07-01T08:00:00+09:00")
    assert note_from_issue(1, "t", None, (), created_at, (), "CLOSED").issue_date == date(2026, 6, 30)


def test_an_issue_may_be_nearly_empty(tmp_path: Path) -> None:
    bare = {"number": 1, "title": "tips", "createdAt": "2026-06-30T23:59:59", "state": "CLOSED", "body": None}
    notes, unread = read_issues(tmp_path, bare)
    assert notes == [Note("tips", 1, date(2026, 6, 30), state="closed", kind="article")]
    assert not unread


def test_a_summary_in_a_comment_is_not_a_comment(tmp_path: Path) -> None:
    fields = {"body": "https://a.example", "comments": [{"body": "x\n# Summary (by m)\n- 要約"}, {"body": "見解"}]}
    [note], _ = read_issues(tmp_path, issue(**fields))
    assert (note.summary, note.comments) == ("要約", ("見解",))


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("text", "it is not a JSON object"),
        ({"title": "t"}, "number is missing"),
        (issue(number=True), "number is not the number of an issue"),
        (issue(number=10**30), "number is not the number of an issue"),
        (issue(title=" "), "title is missing"),
        (issue(title="\ud800"), "title contains half of a surrogate pair, which no file can store"),
        (issue(body=3), "body is not text"),
        (issue(labels="NLP"), "labels is not a list"),
        (issue(labels=["NLP"]), "it is not a JSON object"),
        (issue(comments=[{"body": 3}]), "body is not text"),
        (issue(createdAt="yesterday"), "createdAt is not a time"),
        (issue(createdAt="0001-01-01T00:00:00+14:00"), "createdAt is not a time"),
        (issue(state="stale"), "state is neither open nor closed"),
    ],
)
def test_a_broken_issue_is_listed_and_the_others_are_read(tmp_path: Path, broken: Any, why: str) -> None:
    notes, [unread] = read_issues(tmp_path, broken, issue())
    assert notes == [NOTE]
    assert (unread.where, unread.why) == ("issue 1", f"Issue 1: {why}.")
    assert json.loads(unread.text) == broken


def test_notes_are_read_line_by_line(tmp_path: Path) -> None:
    lines = [
        '\ufeff{"title_line": "tips"}',
        json.dumps(
            {
                "number": 12,
                "issue_date": "2026-06-30",
                "title_line": "A Title,  Ann Author+, ACL'26",
                "tags": ["NLP", "NLP"],
                "url": "https://arxiv.org/abs/2606.21155v1",
                "arxiv_id": None,
                "summary": "要約",
                "comment": "一\n二",
                "posts": ["https://twitter.com/A/status/1?s=20", "https://x.com/a/status/1", "https://a.example"],
                "refs": [11, 12, 11],
                "kind": "article",
                "unknown": {},
            }
        ),
        "",
    ]
    reading = read_notes(save(tmp_path, "notes.jsonl", "\r\n".join(lines)))
    assert not reading.unread
    assert reading.notes == [
        Note("tips", kind="article"),
        Note(
            "A Title,  Ann Author+, ACL'26",
            12,
            date(2026, 6, 30),
            ("NLP",),
            urls=("https://arxiv.org/abs/2606.21155v1",),
            arxiv_id="2606.21155",
            summary="要約",
            comments=("一\n二",),
            posts=("https://x.com/a/status/1", "https://a.example"),
            refs=(11,),
            kind="article",
        ),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"title_line": "a"', "it is not JSON: Expecting ',' delimiter: line 1 column 19 (char 18)"),
        (b'{"title_line": "\xff"}', "it is not UTF-8 text"),
        (b"[" * 100_000, UNREADABLE),
        (b'{"title_line": 1' + b"0" * 5000 + b"}", UNREADABLE),
        (b"[]", "it is not a JSON object"),
        (b"{}", "title_line is missing"),
        (b'{"title_line": "a", "tags": [1]}', "tags is not text"),
        (b'{"title_line": "a", "refs": [0]}', "refs is not the number of an issue"),
        (b'{"title_line": "a", "issue_date": "2026-02-30"}', "issue_date is not a day, YYYY-MM-DD"),
        (b'{"title_line": "a", "issue_date": "20260230"}', "issue_date is not a day, YYYY-MM-DD"),
        (b'{"title_line": "a", "kind": "blog"}', "kind is neither paper nor article"),
        (b'{"title_line": "a", "arxiv_id": "2613.00001"}', 'arxiv_id: "2613.00001": there is no month 13'),
    ],
)
def test_a_broken_line_is_listed_with_its_number(tmp_path: Path, line: bytes, why: str) -> None:
    reading = read_notes(save(tmp_path, "notes.jsonl", b'{"title_line": "tips"}\n\n' + line + b"\n"))
    assert [note.title_line for note in reading.notes] == ["tips"]
    assert [(unread.where, unread.why) for unread in reading.unread] == [("line 3", f"Line 3: {why}.")]
    assert reading.unread[0].text == line.decode(errors="backslashreplace")


EMBED = (
    '\n\n{{% raw %}}\n\n<div class="tweet-embed" style="margin:1em auto;" \n     data-embed=\'<blockquote '
    'class="twitter-tweet"><a href="{}"></a></blockquote>\'>\n  <div class="tweet-placeholder">Loading…</div>\n'
    "</div>\n{{% endraw %}}\n\n"
)
LINK = '\n\n{{% raw %}}\n<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>\n{{% endraw %}}\n\n'
REPO = "https://github.com/owner/notes/issues/"


def entry(number: int, **fields: str) -> str:
    values = {
        "title": "A Title, Ann Author+, ACL'26",
        "original-paper-blog-link": "https://a.example/x?a=1&copy=2",
        "repo-issue-link": f"{REPO}{number}",
        "tags": "NLP, AES(Essay), Selected Papers/Blogs",
        "repo-issue-date": "2026-06-30",
        "issue-body": "https://a.example/x?a=1&copy=2",
        "maintainer-comment-text": "None",
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    inner = "\n".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f"<paper-entry>\n{inner}\n</paper-entry>\n\n"


def listed(*entries: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<paper-list last-updated="2026-06-30">\n'
        + "".join(entries)
        + "</paper-list>\n"
    )


def comments_of(folder: Path, html: str) -> Note:
    save(folder, "NLP.xml", listed(entry(12, maintainer_comment_text=html)))
    [note] = read_agent_docs(folder).notes
    return note


def test_entries_of_a_folder_are_split_by_their_literal_tags(tmp_path: Path) -> None:
    save(tmp_path, "NLP.xml", listed(entry(12), entry(13, issue_body=BODY, tags="", title="A_B（C）\nD")))
    reading = read_agent_docs(tmp_path)
    assert not reading.unread
    assert reading.notes[0] == Note(
        "A Title, Ann Author+, ACL'26",
        12,
        date(2026, 6, 30),
        ("NLP", "AES(Essay)", "Selected Papers/Blogs"),
        urls=("https://a.example/x?a=1&copy=2",),
        body="https://a.example/x?a=1&copy=2",
    )
    second = reading.notes[1]
    assert (second.title_line, second.tags, second.arxiv_id) == ("A_B（C）\nD", (), "2606.21155")
    assert (second.summary, second.body) == ("要約。", BODY)


def test_comments_of_a_folder_come_back_as_written(tmp_path: Path) -> None:
    url = "https://twitter.com/Ann/status/20?s=46&t=Y-Q"
    note = comments_of(
        tmp_path,
        f'<p>元ポスト:{EMBED.format(url)}</p><p>関連:<br>- <a href="{REPO}11">Its Title</a>\n<br><br>'
        f"<search> と &amp; は残る。\n<strong># 概要</strong>\n<br>\nコード:{LINK.format('https://c.example/?a&copy')}"
        '<br><img src="https://i.example/1" alt="image" loading="lazy" height="4"/" alt="image" height="4"/>'
        '<a href="https://d.example">題</a> <a name="x">錨</a></p>',
    )
    assert note.comments == (
        "元ポスト:https://x.com/Ann/status/20?s=46&t=Y-Q",
        "関連:\n- #11\n\n<search> と &amp; は残る。# 概要\nコード:https://c.example/?a&copy\n"
        "![image](https://i.example/1)[題](https://d.example) 錨",
    )
    assert note.posts == ("https://x.com/ann/status/20",)
    assert note.refs == (11,)


@pytest.mark.parametrize(
    ("html", "comments", "refs"),
    [
        ("None", (), ()),
        ("", (), ()),
        ("<p></p><p> \n</p>", (), ()),
        (f'<p><a href="{REPO}11">\n<strong># T</a>\n</strong></p>', ("#11",), (11,)),
        (f'<p>#14 <a href="{REPO}7">T</a> <a href="{REPO}12">T</a></p>', ("#14 #7 #12",), (7, 14)),
        ('<p><a href="https://a.example/x)の後">https://a.example/x)の後</a></p>', ("https://a.example/x)の後",), ()),
        ('<p>a<a href="https://a.example">題', ("a[題](https://a.example)",), ()),
    ],
)
def test_odd_comments_are_read_too(tmp_path: Path, html: str, comments: tuple[str, ...], refs: tuple[int, ...]) -> None:
    note = comments_of(tmp_path, html)
    assert (note.comments, note.refs) == (comments, refs)


def test_a_note_of_several_files_comes_once(tmp_path: Path) -> None:
    save(tmp_path, "A.xml", listed(entry(12, original_paper_blog_link="None", issue_body="None")))
    save(tmp_path, "B.xml", listed(entry(12), entry(12), entry(13)))
    reading = read_agent_docs(tmp_path)
    assert [(note.number, note.url) for note in reading.notes] == [
        (12, "https://a.example/x?a=1&copy=2"),
        (13, "https://a.example/x?a=1&copy=2"),
    ]
    assert [(unread.where, unread.why) for unread in reading.unread] == [
        ("entry 1 of B.xml", "Another file says something else about the same note.")
    ]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (entry(12).replace("<tags>", "<tag>"), "The entry has no <tags>."),
        (entry(12, repo_issue_link="None"), "The entry names no issue, no date or no title."),
        (entry(12, repo_issue_date="2026-02-30"), "The entry names no issue, no date or no title."),
        (entry(12, title=" "), "The entry names no issue, no date or no title."),
        (entry(12).replace("\n</paper-entry>", ""), "The entry has no end."),
    ],
)
def test_a_broken_entry_is_listed(tmp_path: Path, broken: str, why: str) -> None:
    save(tmp_path, "NLP.xml", listed(entry(11), broken))
    save(tmp_path, "other.xml", "<feed/>")
    reading = read_agent_docs(tmp_path)
    assert [note.number for note in reading.notes] == [11]
    assert [(unread.where, unread.why) for unread in reading.unread] == [
        ("entry 2 of NLP.xml", why),
        ("other.xml", "other.xml is not a list of papers."),
    ]
    assert reading.unread[0].text in broken + "</paper-list>\n"


@pytest.mark.parametrize("prints", (("foo", "foo bar"), ("foo bar", "foo"), ("one\nfoo", "one\nfoo bar\nbaz")))
def test_a_comment_may_go_on_in_the_same_line_of_its_other_print(tmp_path: Path, prints: tuple[str, ...]) -> None:
    entries = [f"#NLP\nIssue Date: 2025-01-01\nA Title, A+, arXiv'25\nComment{comment}\n" for comment in prints]
    reading = read_seed_text(save(tmp_path, "page.txt", "Mathematics\n" + "".join(entries)))
    assert [note.comments for note in reading.notes] == [(max(prints, key=len),)]
    assert not reading.unread


@pytest.mark.parametrize("read", READERS)
def test_a_missing_file_is_wrong_use(tmp_path: Path, read: Any) -> None:
    with pytest.raises(UsageError, match="missing"):
        read(tmp_path / "missing")


@pytest.mark.parametrize("read", READERS[:4])
@pytest.mark.parametrize("content", ["just words\n", '{"a": 1}\n', "[1, 2]", "[{}]"])
def test_a_file_of_another_format_is_wrong_use(tmp_path: Path, read: Any, content: str) -> None:
    with pytest.raises(UsageError, match=r"file\.txt"):
        read(save(tmp_path, "file.txt", content))


def test_a_folder_without_lists_is_wrong_use(tmp_path: Path) -> None:
    save(tmp_path, "feed.xml", "<feed/>")
    with pytest.raises(UsageError, match="agent_docs"):
        read_agent_docs(tmp_path)


@pytest.mark.parametrize("read", (read_seed_text, read_page))
def test_text_in_another_encoding_is_wrong_use(tmp_path: Path, read: Any) -> None:
    with pytest.raises(UsageError, match="byte 3"):
        read(save(tmp_path, "file.txt", b"ab\xff"))


def test_a_file_beyond_all_measure_is_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    with path.open("wb") as file:
        file.truncate(256 * 2**20 + 1)
    with pytest.raises(UsageError, match="256 MB"):
        read_seed_text(path)


def test_an_export_cut_short_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not JSON"):
        read_gh(save(tmp_path, "issues.json", json.dumps([issue()])[:-20]))


def test_empty_exports_contain_no_notes(tmp_path: Path) -> None:
    assert read_issues(tmp_path) == ([], [])
    assert read_notes(save(tmp_path, "notes.jsonl", "")).notes == []


def test_an_archive_is_read_in_time_that_grows_with_its_notes(tmp_path: Path) -> None:
    issues = [issue(number=number) for number in range(1, 1601)]
    assert grows_linearly(lambda count: read_issues(tmp_path, *issues[:count]), len(issues))
    notes, unread = read_issues(tmp_path, *issues)
    assert (len(notes), unread) == (1600, [])


@pytest.mark.parametrize(
    "unit", ["<a href=", "<p>", '<div class="tweet-embed"', "<img ", "{% raw %}", "https://", "#1 "]
)
def test_much_of_the_same_is_read_in_linear_time(tmp_path: Path, unit: str) -> None:
    assert grows_linearly(lambda size: comments_of(tmp_path, repeated(unit, size)), 200_000)


@pytest.mark.skipif(not DATA.exists(), reason="the real material is not here")
@pytest.mark.parametrize(("name", "count"), [("archive/notes.jsonl", 594), ("seed/notes.jsonl", 14)])
def test_the_real_notes_are_all_read(name: str, count: int) -> None:
    reading = read_notes(DATA / name)
    assert (len(reading.notes), reading.unread) == (count, [])
    assert not any("twitter.com" in post for note in reading.notes for post in note.posts)


def test_a_note_of_an_issue_is_dated_by_an_aware_time() -> None:
    assert note_from_issue(1, "t", "", ("a", "a"), datetime(2026, 1, 2, tzinfo=UTC), (), "open").tags == ("a",)
