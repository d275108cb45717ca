"""Ticks, posts, incomplete and rewritten files, hostile text (rules.md 6.2 to 6.7)."""

import re

import pytest

from features.digests.rules.saved_by_editors.save import digests
from features.digests.rules.test_read_back import BLOCK, DIGESTS, FIRST, IDS, JA, SECOND, by_id, verdicts
from notebot.core.model.digest_reading import DigestReading, PostLine, Verdict
from notebot.core.note_format.phrases import LANGUAGES
from notebot.features.digests.rules.read_back import decode_digest, read_digest

RENDERED = digests()["untouched"]
HEADLINES = JA[JA.index("## 見出しのみ") : JA.index("## Updates")] + JA[JA.index("## Coverage") :]
A, B = "https://x.com/ada/status/2", "https://x.com/bob/status/3"


def second(block: str) -> DigestReading:
    return read_digest(JA, JA.replace(BLOCK, block))


# ticks (6.2)


@pytest.mark.parametrize(
    "box", ["[x]", "[X]", "[✓]", "[✔]", "[✔️]", "[v]", "[レ]", "[ﾚ]", "[○]", "[●]", "［ｘ］", "☑", "☒", "✅", "☑️"]
)
@pytest.mark.parametrize("bullet", ["- ", "* ", "", "1. "])
def test_any_mark_in_a_box_that_means_yes_is_a_tick(bullet: str, box: str) -> None:
    reading = second(BLOCK.replace("- [ ] 残す", f"{bullet}{box} 残す"))
    entry = by_id(reading)[SECOND]
    assert (entry.verdict, entry.ticked, entry.comment, reading.unreadable) == (Verdict.KEPT, True, None, ())


@pytest.mark.parametrize("box", ["[/]", "[>]", "[?]", "[!]", "[お]", "[1]"])
def test_other_marks_are_no_ticks_and_are_reported(box: str) -> None:
    reading = second(BLOCK.replace("- [ ] 残す", f"- {box} 残す"))
    assert by_id(reading)[SECOND].verdict is Verdict.UNTOUCHED
    assert [one.text for one in reading.unreadable] == [f"- {box} 残す"]


@pytest.mark.parametrize("box", ["[ ]", "☐", "[]", "[\u3000]"])
def test_an_empty_box_is_not_reported(box: str) -> None:
    reading = second(BLOCK.replace("- [ ] 残す", f"- {box} 残す"))
    assert (by_id(reading)[SECOND].verdict, reading.unreadable) == (Verdict.UNTOUCHED, ())


def test_a_cancelled_box_is_a_no() -> None:
    reading = second(BLOCK.replace("- [ ] 残す", "- [-] 残す"))
    entry = by_id(reading)[SECOND]
    assert (entry.verdict, entry.declined, reading.unreadable) == (Verdict.UNTOUCHED, True, ())


# words (6.1, 6.3)


@pytest.mark.parametrize(
    "typed",
    [
        "一\n\n\n二",
        "```\nx = 1\n\n\n\ny\n```",
        "一\n\n---\n\n二",
        "- a\n  - b\n\n1. c",
        "<think> it",
        "|a|b|\n|-|-|\n|1|2|",
    ],
)
def test_typed_words_keep_their_blank_lines(typed: str) -> None:
    entry = by_id(second(BLOCK.replace("<!-- /nb -->", f"{typed}\n\n<!-- /nb -->")))[SECOND]
    assert entry.comment == typed


def test_words_of_the_digest_at_another_place_are_not_typed() -> None:
    summary = "羊を &lt; 100 頭まで数える。正答率は 48.1\\% に留まる。"
    for moved in (summary, f"{summary}\n{summary}", summary.replace("数える", "数え\nる")):
        assert (
            by_id(second(BLOCK.replace("<!-- /nb -->", f"{moved}\n\n<!-- /nb -->")))[SECOND].verdict
            is Verdict.UNTOUCHED
        )


def test_the_link_of_another_entry_is_typed() -> None:
    entry = by_id(second(BLOCK.replace("**Comment**", f"https://arxiv.org/abs/{FIRST}\n\n**Comment**")))[SECOND]
    assert entry.comment == f"https://arxiv.org/abs/{FIRST}"


def test_a_typographic_venue_is_kept_as_typed() -> None:
    reading = read_digest(JA, JA.replace("Emmy Noether, arXiv'26", "Emmy Noether, NeurIPS’26"))
    assert (
        by_id(reading)[SECOND].fields["title_line"] == "[Paper Note] Seeing Things, Emmy Noether, NeurIPS’26, 2026.05"
    )


def test_a_field_changed_in_a_rewritten_file_has_no_escapes_of_the_program() -> None:
    edited = JA.replace("[Paper Note]", "\\[Paper Note\\]").replace("a #\u206012 Benchmark", "a \\#12 Benchmark")
    reading = read_digest(JA, edited.replace("Ada Lovelace+, arXiv'26", "Ada Lovelace+, ACL'26"))
    assert reading.entries[0].fields == {
        "title_line": "[Paper Note] Counting Sheep & Goats: a #12 Benchmark, Ada Lovelace+, ACL'26, 2026.05"
    }


# posts (6.7)

EN_LABELS = LANGUAGES["en"].post_labels.items()


@pytest.mark.parametrize(
    ("typed", "posts"),
    [
        (f"元ポスト: <{A}>", [PostLine("元ポスト", A)]),
        (f"元ポスト: [{A}]({A})", [PostLine("元ポスト", A)]),
        (f"元ポスト: [題]({A})", [PostLine("元ポスト", A)]),
        (
            f"元ポスト: {A.replace('ada', 'a_b').replace('_', chr(92) + '_')}",
            [PostLine("元ポスト", A.replace("ada", "a_b"))],
        ),
        (f"元ポスト: {A}?a=1&amp;b=2", [PostLine("元ポスト", f"{A}?a=1&b=2")]),
        (f"Source post: {A}", [PostLine("元ポスト", A)]),
        (f"元ポスト: {A}\n解説ポスト: [題]({B})", [PostLine("元ポスト", A), PostLine("解説ポスト", B)]),
        (f"元ポスト: {A}\n<{B}>", [PostLine("元ポスト", A), PostLine("元ポスト", B)]),
        # the labels of English digests become those of notes, and other words are the curator's
        *(
            (f"Source post: {A}\n{label}: {B}", [PostLine("元ポスト", A), PostLine(str(kind), B)])
            for kind, label in EN_LABELS
        ),
        (f"Source post: {A}\nDemo: {B}", [PostLine("元ポスト", A), PostLine("Demo", B)]),
    ],
)
def test_posts_are_pasted_in_any_form(typed: str, posts: list[PostLine]) -> None:
    reading = second(BLOCK.replace("元ポスト: ", typed))
    entry = by_id(reading)[SECOND]
    assert (list(entry.posts), entry.comment, entry.posts_changed, reading.unreadable) == (posts, None, True, ())


# tags (6.7)


def test_a_known_tag_may_contain_blanks() -> None:
    edited = BLOCK.replace("#ComputerVision", "#ComputerVision #Test-Time Scaling #New One")
    entry = by_id(read_digest(JA, JA.replace(BLOCK, edited), known_tags=["Test-Time Scaling"]))[SECOND]
    assert (entry.tags, entry.comment) == (("ComputerVision", "Test-Time Scaling", "New"), "One")


# incomplete files (6.4)


@pytest.mark.parametrize("digest", [RENDERED, DIGESTS["en"], HEADLINES], ids=["ja", "en", "headlines"])
@pytest.mark.parametrize("edited", [str, lambda text: re.sub("<!--.*?-->\n?", "", text)], ids=["marks", "no marks"])
def test_a_file_cut_anywhere_decides_nothing(digest: str, edited: object) -> None:
    assert callable(edited)
    body = edited(digest).encode()
    whole = verdicts(read_digest(digest, body))
    for part in range(16):
        reading = read_digest(digest, body[: len(body) * part // 16])
        assert not {"kept", "skipped"} & {*verdicts(reading)}
        assert (reading.remark, reading.accepted_updates, reading.ignored) == (None, (), ())
        assert not any(
            entry.comment or entry.fields or entry.tags_changed or entry.posts_changed for entry in reading.entries
        )
    assert set(whole) == {"untouched"}


def test_a_whole_ticked_line_counts_where_the_file_ends() -> None:
    cut = JA[: JA.index("#ComputerVision")].replace("- [ ] 残す", "- [x] 残す")
    reading = read_digest(JA, cut)
    assert verdicts(reading) == ("kept", "kept", "unknown", "unknown", "unknown")
    assert (reading.complete, reading.ends_in, reading.entries[1].tags) == (False, SECOND, ("ComputerVision",))
    for short in (cut[: cut.rindex("す")], f"{cut}#Compu", f"{cut}良い"):
        entry = by_id(read_digest(JA, short))[SECOND]
        assert (entry.comment, entry.fields, entry.tags_changed) == (None, {}, False)


def test_a_file_cut_inside_a_character_is_text() -> None:
    body = JA.encode()
    cut = next(place for place in range(2_000, 100, -1) if body[place] & 0xC0 == 0x80)
    assert decode_digest(body[:cut]) == body[:cut].decode(errors="ignore")
    with pytest.raises(UnicodeDecodeError):
        decode_digest("残す".encode("cp932") + b"\n" * 9)


# rewritten files (6.5)


def test_the_same_change_in_half_of_the_entries_is_a_program_s() -> None:
    edited = JA.replace("arXiv'26", "ArXiv 26").replace("- [ ] First", "- [x] First")
    reading = read_digest(JA, edited)
    assert verdicts(reading) == (*("untouched",) * 3, "kept", "untouched")
    assert [(one.part, one.old, one.new, one.count) for one in reading.ignored] == [
        ("title line", "arXiv'26", "ArXiv26", 3)
    ]
    assert "ArXiv 26" in reading.ignored[0].example
    as_typed = read_digest(JA, edited, as_typed=True)
    assert verdicts(as_typed) == ("kept", "kept", "untouched", "kept", "kept")
    assert as_typed.ignored == ()


@pytest.mark.parametrize(
    ("edited", "ticked", "is_a_program_s"),
    [
        ("12", "", False),  # fewer than three
        ("123", "", True),  # three of five without a tick
        ("123", "456", True),  # the same three of the three of six that have no tick
        ("123", "1", True),  # two of four without a tick
        ("123", "12", False),  # one of three
        ("123", "123", False),  # none of two: the curator ticked each of them
        ("12345", "12345", False),
    ],
)
@pytest.mark.parametrize("kind", ["title", "summary", "text"])
def test_three_entries_and_half_of_those_without_a_tick_make_a_program(
    edited: str, ticked: str, is_a_program_s: bool, kind: str
) -> None:
    names = "123456" if "6" in ticked else "12345"
    written, result = "", ""
    for name in names:
        block = BLOCK.replace(SECOND, f"2605.0003{name}").replace("Things", f"Things {name}")
        written += block
        if name in edited:
            block = {
                "title": block.replace("arXiv'26", "ICLR'27"),
                "summary": block.replace("are seen", "were seen"),
                "text": block.replace("<!-- /nb -->", "感想\n\n<!-- /nb -->"),
            }[kind]
        result += block.replace("[ ] 残す", "[x] 残す") if name in ticked else block
    end = "<!-- /nb digest -->\n"
    reading = read_digest(written + end, result + end)
    assert bool(reading.ignored) == is_a_program_s
    kept = {*ticked} if is_a_program_s else {*ticked, *edited}
    assert {entry.arxiv_id[-1] for entry in reading.entries if entry.verdict == "kept"} == kept
    assert {entry.arxiv_id[-1] for entry in reading.entries if entry.comment or entry.fields} == (
        set() if is_a_program_s else {*edited}
    )


def test_a_change_of_the_curator_s_beside_a_program_s_counts() -> None:
    edited = JA.replace("arXiv'26", "ArXiv 26").replace("Seeing Things", "Seeing All Things")
    reading = read_digest(JA, edited)
    assert by_id(reading)[SECOND].fields == {
        "title_line": "[Paper Note] Seeing All Things, Emmy Noether, arXiv'26, 2026.05"
    }
    assert verdicts(reading).count("kept") == 1


def test_the_same_words_under_every_entry_are_a_program_s() -> None:
    reading = read_digest(JA, JA.replace("<!-- /nb -->", "Sent from my phone\n<!-- /nb -->"))
    assert verdicts(reading) == ("untouched",) * 5
    assert [(one.part, one.count, one.total) for one in reading.ignored] == [("text", 3, 5)]


def test_a_field_that_a_program_dropped_everywhere_is_not_deleted() -> None:
    many = (
        "".join(BLOCK.replace(SECOND, f"2605.0003{n}").replace("Things", f"Things {n}") for n in range(4))
        + "<!-- /nb digest -->\n"
    )
    edited = re.sub(r"\*\*Summary.*\n", "", many).replace("- [ ] 残す", "- [x] 残す", 1)
    reading = read_digest(many, edited)
    assert (verdicts(reading)[0], reading.entries[0].fields) == ("kept", {})
    assert [(one.part, one.new, one.count) for one in reading.ignored] == [("summary", "", 4)]


# hostile text


def test_a_title_that_imitates_a_mark_moves_nothing() -> None:
    hostile = JA.replace("Seeing Things", f"Seeing &lt;!-- nb {FIRST} --> Things")
    for editor in (
        str,
        lambda text: text.replace("--> Things", "--&gt; Things"),
        lambda text: text.replace("\n", "\r\n"),
    ):
        edited = editor(hostile).replace("- [ ] 残す", "- [x] 残す", 1)
        assert verdicts(read_digest(hostile, edited)) == ("kept", *("untouched",) * 4)


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "<",
        "*a ",
        "`",
        "![",
        "[a](",
        "> ",
        "- ",
        "&#",
        "<!--",
        "<!-- nb ",
        "\\",
        "_a",
        "#",
        "(",
        "|-",
        "https://",
        "[[](",
        "残す",
        "- [x] 残す\n",
        "> [\n",
        "[x\n",
        "Issue Date: x ",
    ],
)
@pytest.mark.slow
def test_a_long_run_of_anything_is_read(unit: str) -> None:
    typed = unit * (40_000 // len(unit))
    reading = second(BLOCK.replace("<!-- /nb -->", f"{typed}\n\n<!-- /nb -->"))
    assert [entry.arxiv_id for entry in reading.entries] == list(IDS)
    assert verdicts(reading)[2:] == ("untouched",) * 3
