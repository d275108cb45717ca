"""What every XML body from outside has to be before a parser may see it."""

from notebot.core.model.errors import BadAnswerError
from notebot.core.text.patterns import regex

_ENCODING = regex(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""")
_PLAIN = (b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"latin-1")
_UTF8_MARK = b"\xef\xbb\xbf"


def raise_if_unsafe_xml(body: bytes, whose: str) -> None:
    """Refuses what is no XML document, and what could make a parser expand entities.

    Encodings are limited to those in which the search below sees what the parser sees.

    Raises:
        BadAnswerError: the sentence begins with ``whose``.
    """
    start = body.removeprefix(_UTF8_MARK)[:1024].lower().lstrip()
    if not start:
        raise BadAnswerError(f"{whose} is empty")
    if start.startswith((b"<!doctype html", b"<html")):
        raise BadAnswerError(f"{whose} is an HTML page instead of a feed")
    encoding = _ENCODING.match(start)
    if b"\0" in start or (encoding is not None and encoding[1] not in _PLAIN):
        raise BadAnswerError(f"{whose} is written in an encoding that arXiv does not use")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadAnswerError(f"{whose} declares entities of its own, which arXiv does not do")
