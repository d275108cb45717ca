"""A completed digest read back (rules.md 6): what a phone does to it, and that nothing typed is lost."""

import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes import DAY, paper
from growth import grows_linearly
from notebot.core.model.changes import TitleChanged
from notebot.core.model.digest_reading import DigestReading, PostLine, ReadEntry, Verdict
from notebot.core.model.offer import Update
from notebot.core.model.reasons import NewVersion
from notebot.core.model.stub import AttributedText, TagEvidence
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.text.escaping import neutralise
from notebot.features.digests.adapters.jinja import JinjaRenderer
from notebot.features.digests.rules.layout import Coverage, Layout, Section
from notebot.features.digests.rules.read_back import read_digest
from notebot.features.digests.rules.read_back.typed_fields import new_title_line, restore_unchanged
from notebot.features.topics.rules.drafting import draft_from_paper

JA = """\
<!-- nb digest 2026-05-13 -->
# 2026-05-13 (水) 論文ダイジェスト

全文 3 ・ 見出しのみ 2 ・ 更新 3 ・ 公告はすべて届いています
残す: `[x]` か文章を書く ／ いらない: エントリごと消す

## Mathematics

<!-- nb 2605.00011 -->
- [ ] 残す
- [ ] read-later

#NLP #Mathematics #Reasoning? #Author Thread-Post?
Issue Date: 2026-05-13
### [Paper Note] Counting Sheep &amp; Goats: a #\u206012 Benchmark, Ada Lovelace+, arXiv'26, 2026.05
https://arxiv.org/abs/2605.00011
> Ada Lovelace, Carl Friedrich Gauß · cs.CL · 備考「Under review」 · 一致 `math*` (題名)

**Summary** (by gpt-9) 羊を &lt; 100 頭まで数える。正答率は 48.1\\% に留まる。

**Comment**
元ポスト: https://x.com/ada/status/1

- [ ] 関連 #12 Counting Frogs, arXiv'24 — 近さ 0.36
- [ ] 関連 #34 On Numbers, ICLR'25 — 要旨に「Numbers」

<!-- /nb -->

<!-- nb 2605.00012 -->
- [ ] 残す
- [ ] read-later

#ComputerVision
Issue Date: 2026-05-13
### [Paper Note] Seeing Things, Emmy Noether, arXiv'26, 2026.05
https://arxiv.org/abs/2605.00012
> Emmy Noether · cs.CV

**Summary** (抜粋) Things are seen.

**Comment**
元ポスト:

<!-- /nb -->

## トピックなし

<!-- nb hep-th/9901001 -->
- [ ] 残す
- [ ] read-later


Issue Date: 2026-05-13
### [Paper Note] An Old One, Paul Dirac
https://arxiv.org/abs/hep-th/9901001
> Paul Dirac · hep-th

**Comment**
元ポスト:

<!-- /nb -->

## 見出しのみ
- [ ] First of the rest, Kurt Gödel+, ICML'26, 2026.05 https://arxiv.org/abs/2605.00021 <!-- nb 2605.00021 -->
- [ ] Second &amp; last, Alan Turing, arXiv'26, 2026.05 https://arxiv.org/abs/2605.00022 <!-- nb 2605.00022 -->

## Updates
- [ ] #2158 Critics: `arXiv'25` → `ACL'26` — 備考 v3 <!-- nb up 2158 venue -->
- [ ] #1937: 解説ポスト https://x.com/b/status/9 をコメントに追加 <!-- nb up 1937 post 9 -->
- #3543 と #3763 は同じ論文です

## Coverage
公告 20 件 = 一致せず 15 + 一致 5。
<details><summary>分類ごと</summary>

| 公告日 | 分類 | 状態 |
|---|---|---|
| 05-12 | cs.CL | fresh |

</details>

<!-- /nb digest -->
""".replace("元ポスト:\n", "元ポスト: \n")
WORDS = {
    "論文ダイジェスト": "paper digest",
    "残す": "keep",
    "見出しのみ": "Headlines",
    "トピックなし": "No topic",
    "関連": "related",
    "抜粋": "extract",
}
EN = re.sub("|".join(WORDS), lambda found: WORDS[found[0]], JA)
DIGESTS = {"ja": JA, "en": EN}
FIRST, SECOND, OLD, LINE, LAST = "2605.00011", "2605.00012", "hep-th/9901001", "2605.00021", "2605.00022"
IDS = (FIRST, SECOND, OLD, LINE, LAST)
BLOCK = JA[JA.index(f"<!-- nb {SECOND}") : JA.index("## トピックなし")]


def without_marks(text: str) -> str:
    return re.sub(r"<!--.*?-->", "", text)


def wrapped(text: str) -> str:
    """Hard line ends, as some editors put them in."""
    return "\n".join(line if "<!--" in line else "\n".join(textwrap.wrap(line, 50)) for line in text.split("\n"))


def as_crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def by_id(reading: DigestReading) -> dict[str, ReadEntry]:
    return {entry.arxiv_id: entry for entry in reading.entries}


def after(old: str, new: str, count: int = 1) -> dict[str, ReadEntry]:
    """The entries of the Japanese digest after one replacement that leaves nothing unread."""
    assert old in JA
    reading = read_digest(JA, JA.replace(old, new, count))
    assert (reading.unreadable, reading.remark) == ((), None)
    return by_id(reading)


def verdicts(reading: DigestReading) -> tuple[str, ...]:
    return tuple(str(entry.verdict) for entry in reading.entries)


UNTOUCHED = ("untouched",) * 5


# nothing done


@pytest.mark.parametrize("language", DIGESTS)
@pytest.mark.parametrize(
    "editor",
    [
        str,
        as_crlf,
        without_marks,
        lambda text: as_crlf(without_marks(text)),
        lambda text: "\ufeff" + text.rstrip("\n"),
        lambda text: text.replace("\n", "  \n"),
        lambda text: "\n".join(line.rstrip() for line in text.split("\n")),
        lambda text: text.replace("- [ ] ", "* [\u3000]\u00a0"),
        lambda text: text.replace("- [ ] ", "-［］"),
        wrapped,
        lambda text: text.replace("\n\n", "\n\n\n"),
        lambda text: re.sub(r"\n\n+", "\n", text),
    ],
)
def test_changes_that_an_editor_makes_by_itself_are_ignored(language: str, editor: Callable[[str], str]) -> None:
    reading = read_digest(DIGESTS[language], editor(DIGESTS[language]))
    assert verdicts(reading) == UNTOUCHED
    assert (reading.accepted_updates, reading.remark, reading.unreadable) == ((), None, ())


def test_an_untouched_entry_returns_what_notebot_wrote() -> None:
    first, *_, last = read_digest(JA, JA).entries
    assert first == ReadEntry(
        FIRST,
        Verdict.UNTOUCHED,
        posts=(PostLine("元ポスト", "https://x.com/ada/status/1"),),
        tags=("NLP", "Mathematics"),
    )
    assert last == ReadEntry(LAST, Verdict.UNTOUCHED, one_line=True)


# what a phone does


@pytest.mark.parametrize("box", ["- [x] ", "- [X] ", "- ［ｘ］", "-[x]", "* [ x ]", "- [✓]\u00a0", "[x] "])
@pytest.mark.parametrize("editor", [str, lambda text: as_crlf(without_marks(text))])
def test_one_tick_keeps_one_entry(box: str, editor: Callable[[str], str]) -> None:
    for number, language in enumerate(DIGESTS):
        word = ("残す", "keep")[number]
        edited = editor(DIGESTS[language].replace(f"- [ ] {word}", f"{box}{word}", 1))
        reading = read_digest(DIGESTS[language], edited)
        assert verdicts(reading) == ("kept", *UNTOUCHED[1:])
        assert reading.unreadable == ()


def test_read_later_keeps_too() -> None:
    entry = after("- [ ] read-later", "- [x] read-later")[FIRST]
    assert (entry.verdict, entry.read_later) == (Verdict.KEPT, True)


@pytest.mark.parametrize(
    "place",
    [
        "<!-- nb 2605.00012 -->\n",
        "#ComputerVision\n",
        "https://arxiv.org/abs/2605.00012\n",
        "Things are seen.\n",
        "> Emmy Noether · cs.CV\n\n",
        f"{BLOCK.split('元')[0].split('seen.')[0]}seen.\n\n**Comment**\n元ポスト: \n\n",
    ],
)
@pytest.mark.parametrize(
    "typed", ["{{7*7}} #1832 @x", "#1832 を参照", "  &lt; [x] - \\#3 ", "一行目\n\n- 二行目\n> 三"]
)
def test_typed_words_are_the_comment_byte_for_byte(place: str, typed: str) -> None:
    entry = after(place, f"{place}{typed}\n")[SECOND]
    assert (entry.verdict, entry.comment, entry.fields) == (Verdict.KEPT, typed, {})


@pytest.mark.parametrize(
    ("drawn", "typed"),
    [
        ("- [ ] 残す", "- [ ] 残す 良い"),
        ("**Comment**", "**Comment** 良い"),
        ("cs.CV", "cs.CV 良い"),
        ("https://arxiv.org/abs/2605.00012", "https://arxiv.org/abs/2605.00012 良い"),
        ("元ポスト: \n", "元ポスト: 良い\n"),
        ("#ComputerVision", "良い #ComputerVision"),
    ],
)
def test_words_on_a_line_of_notebot_s_are_the_comment(drawn: str, typed: str) -> None:
    reading = read_digest(JA, JA.replace(BLOCK, BLOCK.replace(drawn, typed, 1)))
    assert by_id(reading)[SECOND].comment == "良い"
    assert verdicts(reading) == ("untouched", "kept", *UNTOUCHED[2:])
    assert reading.unreadable == ()


def test_text_at_two_places_becomes_two_paragraphs() -> None:
    typed = BLOCK.replace("seen.\n", "seen.\n上\n").replace("元ポスト: \n", "元ポスト: \n\n下\n下の下\n")
    assert after(BLOCK, typed)[SECOND].comment == "上\n\n下\n下の下"


def test_a_deleted_entry_is_skipped() -> None:
    entries = after(BLOCK, "")
    assert [entries[name].verdict for name in IDS] == ["untouched", "skipped", *UNTOUCHED[2:]]


@pytest.mark.parametrize(
    "left", ["<!-- nb 2605.00012 -->\n", "<!-- /nb -->\n", "- [ ] 残す\n**Comment**\n元ポスト: \n"]
)
@pytest.mark.parametrize("editor", [str, without_marks])
def test_the_rest_of_a_deleted_entry_is_not_typed_text(left: str, editor: Callable[[str], str]) -> None:
    reading = read_digest(JA, editor(JA.replace(BLOCK, left)))
    assert verdicts(reading) == ("untouched", "skipped", *UNTOUCHED[2:])
    assert (reading.unreadable, reading.remark) == ((), None)


def test_a_deleted_headline_is_skipped_and_a_ticked_one_kept() -> None:
    lines = [line for line in JA.split("\n") if LINE not in line]
    reading = read_digest(JA, "\n".join(lines).replace("- [ ] Second", "- [x] Second"))
    assert verdicts(reading) == (*UNTOUCHED[:3], "skipped", "kept")


def test_a_deleted_field_is_a_choice_in_an_entry_that_was_kept() -> None:
    short = BLOCK.replace("#ComputerVision\n", "").replace("**Summary** (抜粋) Things are seen.\n", "")
    assert after(BLOCK, short)[SECOND].verdict is Verdict.UNTOUCHED
    entry = after(BLOCK, short.replace("[ ] 残す", "[x] 残す"))[SECOND]
    assert (entry.tags, entry.tags_changed, entry.fields) == ((), True, {"summary": ""})


@pytest.mark.parametrize(
    ("old", "new", "tags", "new_tags"),
    [
        ("Thread-Post?", "Thread-Post", ("NLP", "Mathematics", "Author Thread-Post"), ()),
        ("Reasoning?", "Reasoning", ("NLP", "Mathematics", "Reasoning"), ()),
        ("#NLP ", "", ("Mathematics",), ()),
        ("#NLP ", "#NLP ＃New ", ("NLP", "New", "Mathematics"), ("New",)),
        ("#NLP ", "#NLP,#New、＃More, ", ("NLP", "New", "More", "Mathematics"), ("New", "More")),
        ("#NLP #Mathematics", "# NLP #New #Mathematics", ("NLP", "New", "Mathematics"), ("New",)),
    ],
)
def test_tags_are_taken_typed_and_removed(old: str, new: str, tags: tuple[str, ...], new_tags: tuple[str, ...]) -> None:
    entry = after(old, new)[FIRST]
    assert (entry.verdict, entry.tags, entry.tags_changed, entry.new_tags) == (Verdict.KEPT, tags, True, new_tags)


@pytest.mark.parametrize("tag", ["#Wow?", "#NLP?", "#"])
def test_a_tag_that_is_not_taken_is_reported(tag: str) -> None:
    reading = read_digest(JA, JA.replace("#NLP", tag, 1))
    assert reading.entries[0].tags == ("Mathematics",)
    assert [one.line for one in reading.unreadable] == [13]


def test_tags_and_a_summary_may_be_added_to_an_entry_without_any() -> None:
    entries = after(
        "\n\nIssue Date: 2026-05-13\n### [Paper Note] An", "\n#Physics\nIssue Date: 2026-05-13\n### [Paper Note] An"
    )
    assert (entries[OLD].tags, entries[OLD].new_tags) == (("Physics",), ("Physics",))
    entries = after("hep-th\n", "hep-th\n\n**Summary** 古い。\n")
    assert entries[OLD].fields == {"summary": "古い。"}


@pytest.mark.parametrize(
    ("old", "new", "entry", "field", "value"),
    [
        (
            "Ada Lovelace+, arXiv'26",
            "Ada Lovelace+, ACL'26 Findings",
            FIRST,
            "title_line",
            "[Paper Note] Counting Sheep & Goats: a #12 Benchmark, Ada Lovelace+, ACL'26 Findings, 2026.05",
        ),
        (
            "Seeing Things, E",
            "Seeing &lt; Things, E",
            SECOND,
            "title_line",
            "[Paper Note] Seeing &lt; Things, Emmy Noether, arXiv'26, 2026.05",
        ),
        (
            "### [Paper Note] Seeing Things",
            "Seeing Things",
            SECOND,
            "title_line",
            "Seeing Things, Emmy Noether, arXiv'26, 2026.05",
        ),
        (
            "last, Alan Turing, arXiv",
            "last, Alan Turing, ICML",
            LAST,
            "title_line",
            "Second & last, Alan Turing, ICML'26, 2026.05",
        ),
        ("に留まる", "に`のみ`留まる", FIRST, "summary", "羊を < 100 頭まで数える。正答率は 48.1\\% に`のみ`留まる。"),
        ("(抜粋) Things", "(私) Things", SECOND, "summary", "(私) Things are seen."),
        ("(抜粋) Things", "Things", SECOND, "summary", "Things are seen."),
        ("Issue Date: 2026-05-13", "Issue Date： 2026-05-14", FIRST, "issue_date", "2026-05-14"),
    ],
)
def test_changed_fields_are_the_curator_s(old: str, new: str, entry: str, field: str, value: str) -> None:
    read = after(old, new)[entry]
    assert (read.verdict, read.fields, read.comment) == (Verdict.KEPT, {field: value}, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Issue Date: 2026-05-13", "Issue Date: tomorrow"),
        ("> Ada Lovelace", "> Countess Lovelace"),
        ("- [ ] read-later", "- x read-later"),
        ("<!-- nb 2605.00011 -->", "<!-- nb 2605.99911 -->"),
        ("| 05-12 |", "| 05-12! |"),
        ("  \n", "<!-- nb 1 -->\n"),
        ("- #3543 と", "- [x] #3543 と"),
        ("`ACL'26` — 備考", "`ACL'27` — 備考"),
        ("First of the rest, Kurt", "First of the REST, Kurt"),
    ],
)
def test_unreadable_text_is_reported_with_its_line(old: str, new: str) -> None:
    edited = JA.replace(old, new, 1)
    if "REST" in new:
        edited = edited.replace("arxiv.org/abs/2605.00021 <!-- nb 2605.00021 -->", "arxiv.org/abs/2605")
    reading = read_digest(JA, edited)
    for one in reading.unreadable:
        assert edited.split("\n")[one.line - 1] == one.text
    assert Verdict.SKIPPED not in verdicts(reading)
    assert bool(reading.unreadable) == (old in JA)


@pytest.mark.parametrize("number", ["12", "34"])
def test_a_ticked_related_note_is_taken(number: str) -> None:
    entry = after(f"- [ ] 関連 #{number}", f"- [x] 関連 #{number}")[FIRST]
    assert (entry.verdict, entry.related, entry.comment) == (Verdict.KEPT, (int(number),), None)


def test_a_related_note_may_be_typed_or_get_words() -> None:
    entry = after("- [ ] 関連 #34", "- [x] 関連 #99 と比べたい\n- [ ] 関連 #34")[FIRST]
    assert (entry.related, entry.comment) == ((99,), "と比べたい")
    entry = after("近さ 0.36", "近さ 0.36 本当?")[FIRST]
    assert (entry.related, entry.comment) == ((), "本当?")
    damaged = JA.replace("- [ ] 関連 #12 Counting", "- [x] 関連 #12 Couting")
    assert read_digest(JA, damaged).entries[0].related == (12,)


LONG = "これはとても長い文章ですから種類ではなくて言葉"
A, B, C = "https://x.com/a/status/1", "https://x.com/b/status/2?s=20", "https://note.example/c"


@pytest.mark.parametrize(
    ("typed", "posts", "comment"),
    [
        (f"元ポスト: {A}", [("元ポスト", A)], None),
        (f"元ポスト:{A}", [("元ポスト", A)], None),
        (f"元ポスト：{A} 面白い", [("元ポスト", A)], "面白い"),
        (f"元ポスト: \n{A}", [("元ポスト", A)], None),
        (f"元ポスト: \n\n{A}", [("元ポスト", A)], None),
        (f"元ポスト: {A} {B}", [("元ポスト", A), ("元ポスト", B)], None),
        (f"元ポスト: {A}\n{B}", [("元ポスト", A), ("元ポスト", B)], None),
        (f"元ポスト: {A}\n解説ポスト: {B}", [("元ポスト", A), ("解説ポスト", B)], None),
        (f"元ポスト: {A}\n解説ポスト:\n{B}", [("元ポスト", A), ("解説ポスト", B)], None),
        (f"元ポスト: {A}\n著者の解説 {B}", [("元ポスト", A), ("著者の解説", B)], None),
        (f"元ポスト: \n解説ポスト: {B}", [("解説ポスト", B)], None),
        (f"元ポスト: \n\n解説ポスト:\n{B}", [("解説ポスト", B)], None),
        (f"元ポスト: {A}\n{LONG} {B}", [("元ポスト", A)], f"{LONG} {B}"),
        (f"元ポスト: {A}\n\n参考 {C}", [("元ポスト", A)], f"参考 {C}"),
        (f"元ポスト: {A}\n感想:\n良い", [("元ポスト", A)], "感想:\n良い"),
        (f"元ポスト: {A}\n感想:\n", [("元ポスト", A)], "感想:"),
        ("元ポスト: 探す", [], "探す"),
        (f"良い元ポスト: {A}", [("良い元ポスト", A)], None),
    ],
)
def test_posts_are_pasted(typed: str, posts: list[tuple[str, str]], comment: str | None) -> None:
    edited = BLOCK.replace("元ポスト: ", typed)
    for editor in (str, without_marks):
        entry = by_id(read_digest(JA, editor(JA.replace(BLOCK, edited))))[SECOND]
        assert (entry.verdict, entry.comment) == (Verdict.KEPT, comment)
        assert [(post.kind, post.url) for post in entry.posts] == posts


def test_a_drawn_post_may_be_replaced_or_deleted() -> None:
    assert after("https://x.com/ada/status/1", A)[FIRST].posts == (PostLine("元ポスト", A),)
    entry = after("https://x.com/ada/status/1", "")[FIRST]
    assert (entry.posts, entry.verdict) == ((), Verdict.UNTOUCHED)
    entry = after("元ポスト: https://x.com/ada", "見た 元ポスト: https://x.com/ada")[FIRST]
    assert (entry.posts, entry.comment) == ((PostLine("元ポスト", "https://x.com/ada/status/1"),), "見た")


def test_saved_as_crlf_without_marks_the_whole_digest_is_read() -> None:
    edited = (
        JA.replace("- [ ] 関連 #34", "- [x] 関連 #34")
        .replace("status/1\n", f"status/1\n解説ポスト: {B}\n")
        .replace("— 要旨に「Numbers」\n", "— 要旨に「Numbers」\n\n感想。\n")
        .replace(BLOCK, "")
        .replace("- [ ] First", "- [x] First")
        .replace("2605.00022 <", "2605.00022 あとで <")
        .replace("- [ ] #2158", "- [x] #2158")
    )
    for editor in (str, lambda text: as_crlf(without_marks(text))):
        reading = read_digest(JA, editor(edited))
        assert verdicts(reading) == ("kept", "skipped", "untouched", "kept", "kept")
        assert reading.entries[0].related == (34,)
        assert reading.entries[0].posts[1] == PostLine("解説ポスト", B)
        assert reading.entries[0].comment == "感想。"
        assert reading.entries[4].comment == "あとで"
        assert reading.accepted_updates == ("2158 venue",)
        assert (reading.remark, reading.unreadable) == (None, ())


def test_words_under_a_headline_are_its_comment() -> None:
    entries = after(f"<!-- nb {LINE} -->\n", f"<!-- nb {LINE} -->\n  面白い\n")
    assert (entries[LINE].verdict, entries[LINE].comment) == (Verdict.KEPT, "  面白い")


# outside of entries


def test_words_outside_of_entries_are_the_remark() -> None:
    edited = JA.replace("## Updates\n", "今日は少ない。\n\n明日も。\n\n## Updates\n").replace(
        "## Mathematics\n", "## Mathematics\n序\n"
    )
    reading = read_digest(JA, edited)
    assert reading.remark == "序\n\n今日は少ない。\n\n明日も。"
    assert (verdicts(reading), reading.unreadable) == (UNTOUCHED, ())


def test_updates_are_accepted_with_and_without_their_marks() -> None:
    edited = JA.replace("- [ ] #2158", "- ［ｘ］#2158").replace("- [ ] #1937", "- [x] #1937")
    for text in (edited, without_marks(edited), edited.replace("備考 v3", "備考 v3 良い")):
        assert read_digest(JA, text).accepted_updates == ("2158 venue", "1937 post 9")


def test_entries_may_be_moved() -> None:
    moved = JA.replace(BLOCK, "").replace("## 見出しのみ", BLOCK.replace("[ ] 残す", "[x] 残す") + "## 見出しのみ")
    for editor in (str, without_marks):
        reading = read_digest(JA, editor(moved))
        assert verdicts(reading) == ("untouched", "kept", *UNTOUCHED[2:])
        assert (reading.remark, reading.unreadable) == (None, ())


def test_a_duplicated_entry_is_read_once() -> None:
    reading = read_digest(JA, JA.replace(BLOCK, BLOCK.replace("[ ] 残す", "[x] 残す") + BLOCK))
    assert verdicts(reading) == ("untouched", "kept", *UNTOUCHED[2:])
    assert (reading.unreadable, reading.remark) == ((), None)


def test_headlines_run_together_are_cut_at_their_marks() -> None:
    reading = read_digest(JA, JA.replace(f"<!-- nb {LINE} -->\n- [ ]", f"<!-- nb {LINE} -->- [x]"))
    assert (verdicts(reading), reading.unreadable) == ((*UNTOUCHED[:4], "kept"), ())
    run_on = without_marks(JA).replace("2605.00021 \n", "2605.00021")
    assert Verdict.SKIPPED not in verdicts(read_digest(JA, run_on))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n元ポスト: \n", " 元ポスト: \n"),
        ("2605.00012\n>", "2605.00012 >"),
        ("- [ ] 残す\n- [ ] read", "- [ ] 残す - [ ] read"),
    ],
)
def test_joined_lines_are_not_typed_text(old: str, new: str) -> None:
    assert after(BLOCK, BLOCK.replace(old, new))[SECOND].verdict is Verdict.UNTOUCHED


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("2605.00012\n>", f"2605.00012 <!-- nb {LINE} -->\n>", "mark"),
        ("Gödel+, ICML", f"Gödel+, ICML<!-- nb {LAST} -->", "changed"),
        ("— 備考 v3 <!-- nb up 2158 venue -->", f"— 備考 v3 <!-- nb {LAST} -->", "mark"),
        ("は同じ論文です", f"は同じ論文です <!-- nb {LAST} -->", "mark"),
        ("**Comment**\n", "- [x] #3543 と\n**Comment**\n- [x] 残す\n", "box was ticked"),
        ("**Comment**\n", "**Comment**\n<!-- nb 龘龘\n", "mark"),
        ("## Updates\n", "## Updates\n- [x] 残す\n", "box was ticked"),
        ("## Updates\n", "## Updates\n<!-- nb 龘龘\n", "mark"),
    ],
)
def test_misplaced_lines_are_reported(old: str, new: str, why: str) -> None:
    reading = read_digest(JA, JA.replace(old, new, 1))
    assert any(why in one.why for one in reading.unreadable)
    assert Verdict.SKIPPED not in verdicts(reading)


def test_a_box_of_a_template_s_own_is_reported_when_it_is_ticked() -> None:
    own = JA.replace("- [ ] read-later", "- [ ] someday").replace("- #3543 と", "- [ ] all: ")
    reading = read_digest(own, own.replace("- [ ] someday", "- [x] someday", 1).replace("- [ ] all", "- [x] all"))
    assert verdicts(reading) == ("kept", *UNTOUCHED[1:])
    assert [one.text[:9] for one in reading.unreadable] == ["- [x] som", "- [x] all"]


def test_a_post_that_an_editor_wrapped_or_joined_is_still_the_drawn_one() -> None:
    for old, new in (("元ポスト: https", "元ポスト:\nhttps"), ("**Comment**\n元", "**Comment** 元")):
        assert after(old, new)[FIRST] == read_digest(JA, JA).entries[0]


def test_an_empty_file_decides_nothing_and_an_empty_digest_has_nothing() -> None:
    assert verdicts(read_digest(JA, "")) == ("unknown",) * 5
    assert read_digest("", "text").remark == "text"


def test_a_box_that_a_template_ticked_is_not_the_curator_s() -> None:
    own = JA.replace("- [ ] 残す", "- [x] 残す")
    assert verdicts(read_digest(own, own)) == UNTOUCHED


# notebot's own drawing


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_digest_as_drawn_today_reads_as_untouched_and_completed(language: str) -> None:
    title = "- [x] <b> & #12 {{ x }}"
    stubs = [
        replace(
            draft_from_paper(paper(f"2605.0000{number}"), None, ()),
            title=title,
            tags=("NLP", "Two Words"),
            tag_evidence=(TagEvidence("Two Words", 0.5, sure=False, why=""),),
            summary=AttributedText("&lt; 1. @x", "extractive"),
        )
        for number in range(1, 4)
    ]
    renderer = JinjaRenderer(NoteStyle(), language, ("Math",))
    updates = [(Update(1, "k", TitleChanged("New"), NewVersion(2), "Old"), stubs[0])]
    text = renderer.digest(
        DAY, Layout((Section("Math", tuple(stubs[:2])),), (stubs[2],)), updates, Coverage(DAY, (), ())
    )
    assert verdicts(read_digest(text, text)) == ("untouched",) * 3
    edited = re.sub(r"- \[ \](?=.*00003)", "- [x]", text.replace("Two Words?", "Two Words").replace(", 2026.05", ""))
    reading = read_digest(text, without_marks(edited), as_typed=True)
    assert [entry.fields["title_line"] for entry in reading.entries] == [
        title_line(stubs[0], NoteStyle()).text.removesuffix(", 2026.05"),
        title_line(stubs[1], NoteStyle()).text.removesuffix(", 2026.05"),
        title_line(stubs[2], NoteStyle()).rest.removesuffix(", 2026.05"),
    ]
    assert reading.entries[0].tags == ("NLP", "Two Words")
    assert reading.unreadable == ()


@given(st.text(max_size=60), st.text("abΩЖ☃龘 ;-[]", max_size=20), st.integers(0, 90), st.integers(0, 90))
def test_written_text_is_unescaped_and_typed_text_is_not(text: str, typed: str, start: int, end: int) -> None:
    drawn = neutralise(text)
    assert restore_unchanged(drawn, drawn) == text
    edited = drawn[:start] + typed + drawn[max(start, end) :]
    assert not Counter("".join(typed.split())) - Counter(restore_unchanged(drawn, edited))


def test_a_completely_new_text_is_taken_unchanged() -> None:
    assert new_title_line("[Paper Note] \\- &lt;", "[Paper Note] \\- &lt; x") == "[Paper Note] - < x"
    assert restore_unchanged("a &lt; b", "c &lt; " * 3_000) == "c &lt; " * 3_000


# nothing is lost

STRANGE = "ΩЖ☃ѣ龘\u2126\u212b"
"""Characters that no digest here holds: each one that was put in must come out, the signs of ohm and angstrom too."""
LINES = [
    "",
    "☃",
    "Ω Ж",
    "#Ω?",
    "#Ж #1832",
    "- [x] ѣ",
    "- [x] 関連 #7 龘",
    "> ☃",
    "### Ω",
    "元ポスト: https://x.com/Ω",
    "☃: https://Ж.example/ ѣ",
    "解説ポスト:",
    "https://x.com/龘",
    "**Summary** Ω",
    "**Comment** Ω",
    "Issue Date: Ж",
    "<!-- nb ☃ -->",
    "<!-- /nb -->",
    "https://arxiv.org/abs/2605.00012",
    "https://arxiv.org/abs/2605.00012 Ω",
    "- [x] 残す Ω",
    "- [ ] read-later",
    "## Ω",
    "|Ω|",
]
EDITS = st.tuples(
    st.integers(0, len(JA)),
    st.integers(0, 60) | st.integers(0, 900),
    st.booleans(),
    st.text(STRANGE + " \n#?-[x]:>*。", max_size=8) | st.lists(st.sampled_from(LINES), max_size=4).map("\n".join),
)
EDITORS = st.sampled_from([str, as_crlf, without_marks, lambda text: as_crlf(without_marks(text))])


def taken(reading: DigestReading) -> str:
    """Everything that came out."""
    texts = [one.text for one in reading.unreadable] + [reading.remark or ""]
    texts += [one.new for one in reading.ignored for _ in range(one.count)]
    for entry in reading.entries:
        texts += [entry.comment or "", *entry.fields.values(), *entry.tags, *(str(number) for number in entry.related)]
        texts += [part for post in entry.posts for part in (post.kind, post.url)]
    return "\n".join(texts)


def edit(text: str, start: int, cut: int, whole_lines: bool, typed: str) -> str:
    """Puts something in the place of something else; of whole lines when asked."""
    end = start + cut
    if whole_lines:
        start = text.rfind("\n", 0, start) + 1
        end = text.find("\n", end) + 1 or len(text)
        typed += "\n"
    return text[:start] + typed + text[end:]


@settings(max_examples=5 * settings().max_examples)
@given(st.lists(EDITS, min_size=1, max_size=4), EDITORS, st.sampled_from([JA, EN]))
@example([(0, 0, False, "☃"), (168, 0, False, ">>☃"), (724, 0, False, ">>☃"), (1021, 0, False, "☃")], str, JA)
def test_no_typed_character_is_lost(
    edits: list[tuple[int, int, bool, str]], editor: Callable[[str], str], original: str
) -> None:
    edited = original
    for one in edits:
        edited = edit(edited, *one)
    edited = editor(edited)
    reading = read_digest(original, edited)
    put_in = Counter(character for character in edited if character in STRANGE)
    if reading.complete:  # else what is typed at its end counts when the rest has come
        # what a program did is named once per entry, and may be there more often
        ignored = [line for line in edited.splitlines() if any(one.new in line for one in reading.ignored if one.new)]
        assert not put_in - Counter(taken(reading) + "".join(ignored))
    assert [entry.arxiv_id for entry in reading.entries] == list(IDS)
    assert len(re.split(r"\r\n|\n", edited)) >= max((one.line for one in reading.unreadable), default=0)


@settings(max_examples=3 * settings().max_examples)
@given(st.integers(0, len(JA)), st.text(STRANGE, min_size=1, max_size=9), EDITORS)
def test_a_typed_word_stays_whole_at_any_place(place: int, word: str, editor: Callable[[str], str]) -> None:
    edited = editor(JA[:place] + word + JA[place:])
    reading = read_digest(JA, edited)
    assert (word in taken(reading)) == (word in edited)


OHM = "\u2126"


@pytest.mark.parametrize("editor", [str, lambda text: unicodedata.normalize("NFD", text).replace("Ω", OHM)])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#ComputerVision", f"#ComputerVision #{OHM}Law"),
        ("#ComputerVision", f"{OHM} #ComputerVision"),
        ("元ポスト: \n", f"元ポスト: https://x.com/a/status/1 {OHM}\n"),
        ("元ポスト: \n", f"元ポスト: https://x.com/a/status/1\n{OHM}: https://x.com/b/status/2\n"),
        ("- [ ] #2158", f"- [{OHM}] #2158"),
        ("| fresh |", f"| fresh | {OHM} |"),
        ("- [ ] 残す", f"- [ ] 残す  - [x] {OHM}"),
        ("Seeing Things", f"Seeing {OHM} Things"),
    ],
)
def test_typed_characters_keep_their_form(old: str, new: str, editor: Callable[[str], str]) -> None:
    written = JA.replace(BLOCK, BLOCK.replace(old, new, 1)) if old in BLOCK else JA.replace(old, new)
    edited = editor(written.replace(OHM, "Ω")).replace("Ω", OHM)
    assert OHM in edited
    reading = read_digest(JA, edited)
    assert taken(reading).count(OHM) == 1
    assert by_id(reading)[SECOND].tags[0] == "ComputerVision"


@given(st.integers(0, len(JA)), st.integers(0, 400))
def test_deletion_alone_adds_nothing_to_a_comment(start: int, cut: int) -> None:
    start, end = (JA.rfind("\n", 0, place) + 1 for place in (start, start + cut))
    reading = read_digest(JA, JA[:start] + JA[end:])
    assert all(entry.comment is None and not entry.fields for entry in reading.entries)
    assert Verdict.KEPT not in verdicts(reading)
    assert reading.remark is None


@pytest.mark.slow
def test_hundreds_of_entries_are_read_in_linear_time() -> None:
    block = JA[JA.index("<!-- nb") : JA.index("<!-- nb 2605.00012")].partition("## Mathematics\n")[2]
    blocks = [block.replace(FIRST, f"2605.{number:05d}").replace("Sheep", f"Sheep {number}") for number in range(400)]

    def read(count: int) -> DigestReading:
        original = "## Mathematics\n" + "".join(blocks[:count])
        edited = original.replace("[ ] 残す", "[x] 残す").replace("**Comment**", "**Comment**\n感想")
        return read_digest(original, as_crlf(without_marks(edited)).replace("arXiv'26", "ACL'26"))

    assert grows_linearly(read, len(blocks))
    reading = read(len(blocks))
    assert {(entry.comment, entry.tags) for entry in reading.entries} == {("感想", ("NLP", "Mathematics"))}
