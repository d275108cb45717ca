"""The check that every XML document from outside must pass before it is parsed."""

from notebot.core.model.errors import BadAnswerError
from notebot.core.text.patterns import regex

_DECLARED_ENCODING = regex(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""")
# Encodings in which ASCII bytes mean ASCII, so a search for `<!DOCTYPE` finds what the parser would find.
_ASCII_COMPATIBLE = (b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"latin-1")
_UTF8_MARK = b"\xef\xbb\xbf"


def raise_if_unsafe_xml(body: bytes, whose: str) -> None:
    """Refuses documents that are not XML or that could make a parser expand entities.

    Args:
        whose: the beginning of the error message (``The feed``).

    Raises:
        BadAnswerError: the document is refused.
    """
    start = body.removeprefix(_UTF8_MARK)[:1024].lower().lstrip()
    if not start:
        raise BadAnswerError(f"{whose} is empty")
    if start.startswith((b"<!doctype html", b"<html")):
        raise BadAnswerError(f"{whose} is an HTML page instead of a feed")
    encoding = _DECLARED_ENCODING.match(start)
    # A zero byte betrays UTF-16 or UTF-32 without a declaration.
    if b"\0" in start or (encoding is not None and encoding[1] not in _ASCII_COMPATIBLE):
        raise BadAnswerError(f"{whose} is written in an encoding that arXiv does not use")
    # Refused as a whole: entity bombs and external entities both need a document type declaration.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadAnswerError(f"{whose} declares entities of its own, which arXiv does not do")
