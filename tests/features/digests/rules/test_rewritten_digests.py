"""Digests that programs rewrote in any combination read as if only the curator had touched them (rules.md 6.1).

``NOTEBOT_PROFILE=thorough`` runs 5,200 examples; the suite runs 120.
"""

import html
import os
import re
import textwrap
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.digests.rules.saved_by_editors.save import digests
from notebot.core.model.digest_reading import DigestReading
from notebot.features.digests.rules.read_back import decode_digest, read_digest

EXAMPLES, ROUNDS = (
    (200, 26) if os.environ.get("NOTEBOT_PROFILE") == "thorough" else (min(120, 3 * settings().max_examples), 1)
)
Rewrite = Callable[[str], str]


def each_line(rewrite: Rewrite, form: str = "") -> Rewrite:
    """A rewrite of the lines that match a form."""
    return lambda text: "\n".join(rewrite(line) if re.search(form, line) else line for line in text.split("\n"))


def outside_marks(rewrite: Rewrite) -> Rewrite:
    """A rewrite that leaves HTML comments alone."""
    return lambda text: "".join(
        part if part.startswith("<!--") else rewrite(part) for part in re.split(r"(<!--.*?-->)", text)
    )


def replaced(form: str, by: str | Callable[[re.Match[str]], str]) -> Rewrite:
    return outside_marks(lambda text: re.sub(form, by, text, flags=re.MULTILINE))


def wrapped(width: int, form: str = r"^(?!#{1,6} |\|)(?!.*<!--).") -> Rewrite:
    """Hard line ends inside paragraphs, with the indent that a list item needs."""

    def wrap(line: str) -> str:
        indent = "  " if re.match(r"\s*[-*+] ", line) else "> " if line.startswith(">") else ""
        pieces = textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        return "\n".join(pieces) or line

    return each_line(wrap, form)


def marks(rewrite: Rewrite) -> Rewrite:
    return lambda text: re.sub(r"<!--.*?-->", lambda found: rewrite(found[0]), text)


REWRITES: dict[str, Rewrite] = {
    # Unicode
    "NFC": lambda text: unicodedata.normalize("NFC", text),
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "NFKC": lambda text: unicodedata.normalize("NFKC", text),
    "curly quotes": replaced(r"(?<=\w)'(?=\w)", "’"),
    "curly double quotes": replaced('"([^"\n]*)"', "“\\1”"),
    "prime as an apostrophe": replaced("'", "ʼ"),
    "an en dash for two hyphens": replaced("(?<= )--(?= )", "–"),
    "an em dash for two hyphens": replaced("(?<= )--(?= )", "—"),
    "a hyphen for an em dash": replaced("—", "-"),
    "one character for dots": replaced(r"\.\.\.", "…"),
    "blanks that do not break": replaced(r"(?<=\S) (?=\S)", "\u00a0"),
    "ideographic blanks": replaced(r"(?<=[^\s\]*-]) (?=[^\s#])", "\u3000"),
    "no word joiners": lambda text: text.replace("\u2060", ""),
    "zero-width blanks": replaced(" · ", " ·\u200b "),
    "full-width colons": replaced(r"(?<=元ポスト):", "："),
    # Markdown
    "escaped brackets": replaced(r"(?<![\\!\]])\[(?! \]|x\])([^\]\n]*)\](?!\()", r"\\[\1\\]"),
    "escaped boxes": replaced(r"^- \[( |x)\]", r"- \\[\1\\]"),
    "escaped tags": replaced(r"(?<=[ \n])#(?=\w)", r"\\#"),
    "escaped underscores": replaced(r"(?<=\w)_(?=\w)", r"\\_"),
    "numeric entities for ampersands": replaced("&amp;", "&#38;"),
    "entities for quotes": replaced('"', "&quot;"),
    "numeric entities": replaced("'", "&#39;"),
    "no entities": outside_marks(html.unescape),
    "links in angle brackets": replaced(r"(?<![<(\[])https://[^\s<>)\]]+", r"<\g<0>>"),
    "links as words and target": replaced(r"(?<![<(\[])https://[^\s<>)\]]+", r"[\g<0>](\g<0>)"),
    "stars as bullets": replaced(r"^- ", "* "),
    "plus as bullets": replaced(r"^- ", "+ "),
    "wide bullets": replaced(r"^- ", "-   "),
    "indented lists": replaced(r"^- ", "  - "),
    "underlined headings": replaced(r"^## (.+)$", "\\1\n-----"),
    "closed headings": replaced(r"^(#{2,3}) (.+)$", r"\1 \2 \1"),
    "deeper headings": replaced(r"^### ", "#### "),
    "no headings": replaced(r"^### ", ""),
    "a blank after the first hash": replaced(r"^#(?=[A-Z])", "# "),
    "underscores for bold": replaced(r"\*\*([^*\n]+)\*\*", r"__\1__"),
    "no emphasis": replaced(r"\*\*", ""),
    "bold titles": replaced(r"^### (.+)$", r"### **\1**"),
    "hard breaks by blanks": each_line(lambda line: f"{line}  ", r"\S"),
    "hard breaks by backslashes": each_line(lambda line: f"{line}\\", r"^[#I].*\d$|^https"),
    "hard breaks by tags": each_line(lambda line: f"{line}<br>", r"^Issue|^https"),
    "no quote marks": replaced(r"^> ", ""),
    # lines
    "wrapped at 40": wrapped(40),
    "wrapped at 72": wrapped(72),
    "wrapped at 72 in marks too": wrapped(72, r"^(?!#{1,6} |\|)."),
    "wrapped behind a mark's dashes": lambda text: text.replace(" <!-- ", " <!--\n  "),
    "tags and date joined": replaced(r"\n(?=Issue Date)", " "),
    "comment and post joined": replaced(r"(?<=\*\*Comment\*\*)\n", " "),
    "link and authors joined": replaced(r"(?<=\d)\n> ", " > "),
    "boxes joined": replaced(r"\n- (?=\[.\] read-later)", " - "),
    "blank lines between list items": replaced(r"\n(?=- \[)", "\n\n"),
    "blank lines between all lines": lambda text: text.replace("\n", "\n\n"),
    "no blank lines": lambda text: re.sub(r"\n{2,}", "\n", text),
    "no blanks at line ends": lambda text: re.sub(r"[ \t]+\n", "\n", text),
    "no final newline": lambda text: text.rstrip("\n"),
    "tabs": replaced(r"^- \[", "-\t["),
    # boxes
    "full-width boxes": replaced(r"\[( |x)\]", lambda found: "［\u3000］" if found[1] == " " else "［ｘ］"),
    "ballot boxes": replaced(r"^- \[( |x)\]", lambda found: "- ☐" if found[1] == " " else "- ☑"),
    "boxes by symbols": replaced(r"^- \[( |x)\]", lambda found: "☐" if found[1] == " " else "✅"),
    "check marks": replaced(r"^- \[x\]", "- [✔]"),
    "capital ticks": replaced(r"^- \[x\]", "- [X]"),
    "narrow boxes": replaced(r"^- \[ \]", "- []"),
    "inputs": replaced(
        r"^- \[( |x)\]", lambda found: f'- <input type="checkbox"{" checked" if found[1] == "x" else ""}>'
    ),
    # marks
    "no marks": lambda text: re.sub(r"^<!--.*?-->\n?|<!--.*?-->", "", text, flags=re.MULTILINE),
    "no marks, their lines joined": lambda text: re.sub(r"<!--.*?-->\n?(?!\w)", "", text),
    "tight marks": marks(lambda mark: mark.replace("<!-- ", "<!--").replace(" -->", "-->")),
    "escaped marks": marks(lambda mark: mark.replace("<!--", "\\<!--").replace("-->", "--\\>")),
    "marks as entities": marks(html.escape),
    "marks with other blanks": marks(lambda mark: mark.replace(" ", "\u00a0")),
    "marks with other dashes": marks(lambda mark: mark.replace("--", "–")),
    # the file
    "CRLF": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\r\n", "\n").replace("\n", "\r"),
}
LAST = {"CRLF", "CR"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32")
DIGESTS = digests()
WRITTEN = DIGESTS["untouched"]
IDS = ("2605.00001", "2605.00002", "2605.00003")
WORDS = "☃龘Ωが確かめたい"
"""Words that no rewrite changes."""


def facts(reading: DigestReading) -> list[tuple[object, ...]]:
    """What a reading says about each entry."""
    return [
        (
            entry.verdict,
            entry.ticked,
            entry.read_later,
            entry.comment,
            entry.posts,
            entry.related,
            entry.tags,
            entry.fields,
        )
        for entry in reading.entries
    ]


def rewritten(text: str, names: list[str], encoding: str) -> str:
    """A text after rewrites, read again from its bytes."""
    for name in sorted(names, key=lambda name: name in LAST):
        text = REWRITES[name](text)
    return decode_digest(text.encode(encoding))


def assert_reads_as(text: str, edited: str) -> None:
    """A rewritten digest reads as the digest before the rewrites."""
    reading = read_digest(WRITTEN, edited)
    assert facts(reading) == facts(read_digest(WRITTEN, text))
    assert (reading.complete, reading.remark) == (True, None)


def test_the_rewrites_rewrite() -> None:
    idle = [name for name, rewrite in REWRITES.items() if all(rewrite(text) == text for text in DIGESTS.values())]
    assert (len(REWRITES) >= 60, idle) == (True, ["NFC"])


@pytest.mark.parametrize("kind", DIGESTS)
@pytest.mark.parametrize("name", REWRITES)
def test_each_rewrite_alone_changes_nothing(name: str, kind: str) -> None:
    text = DIGESTS[kind].replace(re.search(r"証明.*", DIGESTS["typed"])[0], WORDS).replace("続きは明日。", WORDS)  # type: ignore[index]
    edited = rewritten(text, [name], "utf-8")
    if kind == "typed":
        reading = read_digest(WRITTEN, edited)
        comments = [" ".join((entry.comment or "").split()) for entry in reading.entries]
        assert comments == [
            "",
            unicodedata.normalize("NFD", f"{WORDS} {WORDS}") if name == "NFD" else f"{WORDS} {WORDS}",
            "",
        ]
    else:
        assert_reads_as(text, edited)


@pytest.mark.parametrize(
    "names",
    [
        "ideographic blanks, wrapped at 72 in marks too",
        "no marks, tabs, wrapped at 40",
        "marks with other dashes, wrapped at 40, CR, CRLF",
        "marks as entities, wrapped at 72",
        "wrapped behind a mark's dashes, blank lines between all lines",
        "hard breaks by backslashes, hard breaks by tags",
        "hard breaks by backslashes, links as words and target",
        "no blank lines, no marks",
        "plus as bullets, ideographic blanks",
        "plus as bullets, blanks that do not break",
        "wrapped at 40, a hyphen for an em dash",
        "a hyphen for an em dash, wrapped at 40",
        "ideographic blanks, wrapped at 40",
        "inputs, entities for quotes",
        "inputs, curly double quotes",
        "boxes joined, full-width boxes",
    ],
)
@pytest.mark.parametrize("kind", ["untouched", "ticked"])
def test_rewrites_on_top_of_each_other_change_nothing(names: str, kind: str) -> None:
    assert_reads_as(DIGESTS[kind], rewritten(DIGESTS[kind], names.split(", "), "utf-8"))


@pytest.mark.parametrize("_round", range(ROUNDS))  # the limit of time is per test
@settings(max_examples=EXAMPLES, deadline=None, derandomize=ROUNDS == 1)
@given(
    st.lists(st.sampled_from(sorted(REWRITES)), unique=True, max_size=5),
    st.sampled_from(ENCODINGS),
    st.sets(st.sampled_from(IDS)),
    st.sets(st.sampled_from(IDS[:2])),
)
def test_rewrites_in_any_combination_change_nothing(
    _round: int, names: list[str], encoding: str, ticked: set[str], typed: set[str]
) -> None:
    text = WRITTEN
    for arxiv_id in ticked:
        text = re.sub(rf"(<!-- nb {arxiv_id} -->\n- \[) |(- \[) (?=.*{arxiv_id} -->)", r"\1\2x", text)
    for arxiv_id in typed:
        head, mark, tail = text.partition(f"<!-- nb {arxiv_id} -->")
        text = head + mark + tail.replace("<!-- /nb -->", f"{WORDS}{arxiv_id[-1]}\n\n<!-- /nb -->", 1)
    edited = rewritten(text, names, encoding)
    reading = read_digest(WRITTEN, edited)
    assert {entry.arxiv_id for entry in reading.entries if entry.verdict == "kept"} == ticked | typed
    assert {entry.arxiv_id for entry in reading.entries if entry.ticked} == ticked
    for entry in reading.entries:
        comment = unicodedata.normalize("NFC", entry.comment or "").strip().rstrip("\\ ")
        assert comment == (f"{WORDS}{entry.arxiv_id[-1]}" if entry.arxiv_id in typed else "")
        assert not entry.comment or entry.comment in edited
    written = read_digest(WRITTEN, WRITTEN)
    assert [entry.fields for entry in reading.entries] == [{}] * 3
    assert [entry.tags for entry in reading.entries] == [entry.tags for entry in written.entries]
    assert (reading.complete, reading.remark) == (True, None)
