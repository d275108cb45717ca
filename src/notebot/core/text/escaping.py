"""Escapes text from outside for Markdown, HTML, Jinja, Liquid and GitHub, and restores it exactly.

``neutralise`` first inserts entities and word joiners, then backslashes at the start of lines; ``restore``
removes them in reverse order. The characters that it inserts (``&``, U+2060, a leading backslash) are
themselves escaped if they occur in the text, so the round trip is exact for any text.
"""

import re
from urllib.parse import urlsplit

from notebot.core.text.patterns import regex

_WORD_JOINER = "\u2060"
"""Invisible. It stops ``@name`` and ``#12`` from becoming a mention and a reference, and ``Summary (by`` from
becoming the heading after which the archive's site expects a note's summary."""

_HIDDEN = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, including all line ends except \n
    "\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # direction, invisible
    "\U000e0000-\U000e007f\ud800-\udfff]"  # tag characters; surrogates, which UTF-8 cannot encode
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", "`": "&#x60;", "{": "&#x7B;"}
_CHARACTERS = {entity: character for character, entity in _ENTITIES.items()}

_UNSAFE = regex(
    rf"""
    (?P<entity> [&<`] | \{{(?=[{{%\#:]) )   # `{{:` is kramdown's
    | (?P<joined> [@\#](?=\w)
        | \[(?=\[) | %(?=%)               # links and comments of Obsidian and Logseq
        | (?<![A-Za-z0-9]) GH- (?=\d)
        | (?:Summary|Translation) (?=\ ?\(by)
        | (?<![A-Za-z0-9-]) github\.com/[\w.-]+/[\w.-]+/(?:issues|pull|discussions|commit)/ (?=\w) )
    | (?P<link> (?<=\]) \\*\( )
    | (?P<hidden> {_HIDDEN} )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPED = regex(
    rf"""
    (?P<entity> &(?:amp|lt|\#x60|\#x7B); )
    | &\#x (?P<hidden> [0-9A-F]{{1,6}} );
    | (?: (?<=[@\#/\[%-]) | (?i: (?<=Summary) | (?<=Translation) ) ) {_WORD_JOINER}
    | (?P<link> (?<=\]) \\+\( )
    """,
    re.VERBOSE,
)
_IS_HIDDEN = regex(_HIDDEN)

# What starts a Markdown block: markers, rules, underlines, fences, tasks `[x]`, definitions `[a]:`.
# One backslash is inserted even before existing backslashes, so that exactly one can be removed again.
_MARK = r"[-\#>+*_=~]"
_BLOCK_START = regex(
    rf"""
    ^ (?P<blank> [^\S\n]* )
    (?: (?= \\* {_MARK} | \\+ \[ | \[ [^\]\n]{{0,3}} \] | \[ [^\]\n]* \]: )
      | (?P<number> [0-9]{{1,9}} ) (?= \\* [.)] (?: \s | $ ) ) )
    """,
    re.VERBOSE | re.MULTILINE,
)
_ESCAPED_BLOCK_START = regex(
    rf"""
    ^ (?P<blank> [^\S\n]* )
    (?: \\ (?= \\* (?: {_MARK} | \[ ) )
      | (?P<number> [0-9]{{1,9}} ) \\ (?= \\* [.)] (?: \s | $ ) ) )
    """,
    re.VERBOSE | re.MULTILINE,
)

_PLAIN_URL = regex(r"https?://[^\s<>\"{}\\`]+", re.IGNORECASE)
_PLAIN_HOST = regex(r"https?://[a-z0-9.-]+(?=[/?#]|\Z)", re.IGNORECASE | re.ASCII)
"""A host without user name and port, as in nearly every link: splitting the URL would find nothing else."""


def neutralise(text: str) -> str:
    """The text with everything escaped that could be markup, template, mention, reference or link.

    Formulas, emphasis and bare URLs are left alone. A single line is expected (``collapse``), but the start
    of every line is escaped. ``restore`` returns exactly ``text``.
    """
    return _BLOCK_START.sub(r"\g<blank>\g<number>\\", _UNSAFE.sub(_escape, text))


def restore(text: str) -> str:
    """Undoes ``neutralise``; other text, such as what a curator typed, is unchanged."""
    if "&" not in text and "\\" not in text and _WORD_JOINER not in text:
        return text  # as most are
    return _ESCAPED.sub(_unescape, _ESCAPED_BLOCK_START.sub(r"\g<blank>\g<number>", text))


def is_plain_url(url: str) -> bool:
    """True if a URL from outside can be written into a page unescaped: http(s), a host, no user name."""
    if not _PLAIN_URL.fullmatch(url) or (not url.isprintable() and _IS_HIDDEN.search(url)):
        return False
    if _PLAIN_HOST.match(url):
        return True
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False


def remove_hidden(text: str) -> str:
    """The text without control characters, and without those that are invisible or change its direction."""
    return _IS_HIDDEN.sub("", text) if not text.isprintable() else text


def _escape(match: re.Match[str]) -> str:
    if match["entity"]:
        return _ENTITIES[match[0]]
    if match["joined"]:
        return match[0] + _WORD_JOINER
    if match["link"]:
        return "\\" + match[0]
    return f"&#x{ord(match[0]):X};"


def _unescape(match: re.Match[str]) -> str:
    if match["entity"]:
        return _CHARACTERS[match[0]]
    if match["hidden"]:
        # Only numbers that `neutralise` wrote: a curator's own `&#x41;` stays as it is.
        code = int(match["hidden"], 16)
        character = chr(code) if code <= 0x10FFFF else ""
        return character if _IS_HIDDEN.fullmatch(character) else match[0]
    if match["link"]:
        return match[0][1:]
    return ""
