"""The check that every XML document from outside must pass before it is parsed, and the repair of its text."""

import logging

from notebot.core.model.errors import BadAnswerError
from notebot.core.text.charset import decode_page
from notebot.core.text.patterns import regex
from notebot.core.text.xml_repair import repair_xml

logger = logging.getLogger(__name__)

_DECLARED_ENCODING = regex(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""")
# Encodings in which ASCII bytes mean ASCII, so a search for `<!DOCTYPE` finds what the parser would find.
_ASCII_COMPATIBLE = (b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"latin-1")
_UTF8_MARK = b"\xef\xbb\xbf"
_DECLARATION = regex(r"\A\s*+<\?[^>]*+>")


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


def repair_document(body: bytes, whose: str) -> bytes | None:
    """The document without characters and references that XML forbids; ``None`` if there are none.

    Each repaired place is logged with its record (rules.md 7.10).

    Args:
        whose: the beginning of the message.
    """
    text = _DECLARATION.sub("", decode_page(body, ""), count=1)
    repair = repair_xml(text)
    if repair.text == text and text.encode("utf-8", "replace") in body:
        return None
    for place in repair.places:
        logger.warning("%s has characters that XML forbids; they are left out of %s", whose, place)
    return repair.text.encode("utf-8", "replace")
