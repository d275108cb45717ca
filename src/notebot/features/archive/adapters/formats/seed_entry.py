"""Splits an entry of a page's plain text into tags, title, summary and comment, which no markup separates."""

from msgspec import Struct

from notebot.core.text.patterns import regex

_TAG = regex(r"(?![0-9]+$)[^\s#。、「」]{1,80}(?: [^\s#。、「」]{1,40}){0,4}")
_LONGEST_TAG = 300

_MARK = regex(r" (?=(?:Summary|Comment)\S)")
_GLUED_MARK = regex(r" (?:Summary|Comment)[^\sa-z]")
_TITLE_END = regex(r"(?:['’‘]\d{2,4}(?: [^,]{1,60})?|(?<![0-9.])\d{4}(?:\.\d\d)?)$")
_SENTENCE_ENDS = "。.!?！？)）」』"


class Parts(Struct, frozen=True):
    """The parts of an entry that follow its date."""

    title: str
    summary: str | None = None
    comment: str | None = None
    rest: str | None = None
    """Lines that belong to none of these."""


def tag_run(text: str, start: int, end: int) -> tuple[tuple[str, ...], int]:
    """The tags at the end of ``text[start:end]``, each after white space, and the index at which they begin."""
    tags: list[str] = []
    while True:
        at = text.rfind("#", max(start, end - _LONGEST_TAG), end)
        if at < 0 or (at > start and not text[at - 1].isspace()):
            break
        tag = text[at + 1 : end].strip()
        if not _TAG.fullmatch(tag):
            break
        tags.append(tag)
        end = at
    return tuple(dict.fromkeys(reversed(tags))), end


def split_entry(text: str) -> Parts:
    """Splits the text after the date, whether its parts are on separate lines or all on one line."""
    blank = text[: len(text) - len(text.lstrip())]
    body = text.strip()
    if "\n" in blank:
        title, _, tail = body.partition("\n")
        return _parts(title.rstrip(), tail.strip("\n"), "\n")
    # the title ends where summary or comment begins: after a venue or year, if there is one
    line = body.partition("\n")[0]
    glued = _GLUED_MARK.search(line, 1)
    end = glued.start() if glued else len(line)
    for mark in _MARK.finditer(line):
        if mark.start() and _TITLE_END.search(line[max(0, mark.start() - 80) : mark.start()]):
            end = mark.start()
            break
    return _parts(body[:end].rstrip(), body[end:].strip(), " ")


def _parts(title: str, tail: str, blank: str) -> Parts:
    if tail.startswith("Comment"):
        return Parts(title, comment=tail.removeprefix("Comment").strip() or None)
    if not tail.startswith("Summary"):
        return Parts(title, rest=tail or None)
    body = tail.removeprefix("Summary")
    at = _comment_start(body, blank)
    if at < 0:
        return Parts(title, body.strip() or None)
    comment = body[at:].lstrip().removeprefix("Comment")
    return Parts(title, body[:at].strip() or None, comment.strip() or None)


def _comment_start(body: str, blank: str) -> int:
    """The index at which the comment begins after a summary, which may contain the word itself; -1 if there is none."""
    first = -1
    at = body.find(blank + "Comment")
    while at >= 0:
        if blank == "\n" or (at and body[at - 1] in _SENTENCE_ENDS):
            return at
        if first < 0 and _GLUED_MARK.match(body, at):
            first = at
        at = body.find(blank + "Comment", at + 1)
    return first
