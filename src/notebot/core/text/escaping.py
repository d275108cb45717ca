"""Makes text from outside harmless where Markdown, HTML, Jinja, Liquid or GitHub would read it.

Entities and word joiners go in first, backslashes at the start of lines after; ``restore`` takes
them off in the other order. Every character that marks our own work (``&``, U+2060, a leading
backslash) is itself rewritten when it comes from outside, so the way back is exact for any text.
"""

import re
from urllib.parse import urlsplit

from notebot.core.text.patterns import regex

_JOINER = "\u2060"
"""Shows nothing, and keeps ``@name`` and ``#12`` from being a mention and a reference, and ``Summary (by``
from being the line behind which the archive's site looks for a note's summary."""

_HIDDEN = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, line ends other than \n among them
    "\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # direction, invisible
    "\U000e0000-\U000e007f\ud800-\udfff]"  # tag characters; half pairs, which no file can hold
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", "`": "&#x60;", "{": "&#x7B;"}
_CHARACTERS = {entity: character for character, entity in _ENTITIES.items()}

_UNSAFE = regex(
    rf"""
    (?P<entity> [&<`] | \{{(?=[{{%\#:]) )   # `{{:` is kramdown's
    | (?P<joined> [@\#](?=\w)
        | (?<![A-Za-z0-9]) GH- (?=\d)
        | (?:Summary|Translation) (?=\ ?\(by)
        | (?<![A-Za-z0-9-]) github\.com/[\w.-]+/[\w.-]+/(?:issues|pull|discussions|commit)/ (?=\w) )
    | (?P<link> (?<=\]) \\*\( )
    | (?P<hidden> {_HIDDEN} )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SAFE = regex(
    rf"""
    (?P<entity> &(?:amp|lt|\#x60|\#x7B); )
    | &\#x (?P<hidden> [0-9A-F]{{1,6}} );
    | (?: (?<=[@\#/-]) | (?i: (?<=Summary) | (?<=Translation) ) ) {_JOINER}
    | (?P<link> (?<=\]) \\+\( )
    """,
    re.VERBOSE,
)
_IS_HIDDEN = regex(_HIDDEN)

# What starts a block: markers, rules, underlines, fences, tasks `[x]`, definitions `[a]:`.
# One backslash goes in, also before those that stand there already: so it can come out again.
_MARK = r"[-\#>+*_=~]"
_LEADING = regex(
    rf"""
    ^ (?P<blank> [^\S\n]* )
    (?: (?= \\* {_MARK} | \\+ \[ | \[ [^\]\n]{{0,3}} \] | \[ [^\]\n]* \]: )
      | (?P<number> [0-9]{{1,9}} ) (?= \\* [.)] (?: \s | $ ) ) )
    """,
    re.VERBOSE | re.MULTILINE,
)
_LED = regex(
    rf"""
    ^ (?P<blank> [^\S\n]* )
    (?: \\ (?= \\* (?: {_MARK} | \[ ) )
      | (?P<number> [0-9]{{1,9}} ) \\ (?= \\* [.)] (?: \s | $ ) ) )
    """,
    re.VERBOSE | re.MULTILINE,
)

_PLAIN_URL = regex(r"https?://[^\s<>\"{}\\`]+", re.IGNORECASE)


def neutralise(text: str) -> str:
    """The text so that nothing in it can be markup, template, mention, reference or link.

    Formulas, emphasis and bare addresses stay. One line is expected (``collapse``), but the start
    of every line is made safe. ``restore`` gives back exactly ``text``.
    """
    return _LEADING.sub(r"\g<blank>\g<number>\\", _UNSAFE.sub(_defused, text))


def restore(text: str) -> str:
    """Undoes ``neutralise``; all else, such as what a curator typed, stays."""
    return _SAFE.sub(_original, _LED.sub(r"\g<blank>\g<number>", text))


def is_plain_url(url: str) -> bool:
    """Whether a URL from outside can stand bare in a page: web, a host, no user, nothing to break out."""
    if not _PLAIN_URL.fullmatch(url) or _IS_HIDDEN.search(url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False


def _defused(found: re.Match[str]) -> str:
    if found["entity"]:
        return _ENTITIES[found[0]]
    if found["joined"]:
        return found[0] + _JOINER
    if found["link"]:
        return "\\" + found[0]
    return f"&#x{ord(found[0]):X};"


def _original(found: re.Match[str]) -> str:
    if found["entity"]:
        return _CHARACTERS[found[0]]
    if found["hidden"]:
        return _shown(found["hidden"]) or found[0]
    if found["link"]:
        return found[0][1:]
    return ""


def _shown(digits: str) -> str:
    """The hidden character that we wrote as a number; empty when the number is not one of ours."""
    code = int(digits, 16)
    character = chr(code) if code <= 0x10FFFF else ""
    return character if _IS_HIDDEN.fullmatch(character) else ""
