"""Decodes a page by its byte order mark, the header, its own declaration, as UTF-8, or as Japanese.

The first charset that decodes the whole page counts: servers send one charset for pages of all ages (services.md 3.10).
"""

from __future__ import annotations

import re
from contextlib import suppress

from notebot.core.text.patterns import regex

_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HEADER = regex(r"charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_META = regex(rb"<meta\s[^<>]{0,300}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_XML = regex(rb"\A\s{0,20}<\?xml\s[^<>]{0,100}?encoding\s{0,5}=\s{0,5}[\"']([A-Za-z0-9_.:-]{1,40})")
_HEADER_CHARACTERS = 300
# HTML wants the declaration in the first 1,024 bytes; pages with long scripts in the head break that rule
_INSPECTED_LENGTH = 4096
_MAX_BYTES_PER_CHARACTER = 4
_KANA = regex("[\u3041-\u3096\u30a1-\u30fa]")
# one or two kana may come from bytes of another encoding by chance
_MIN_KANA = 3

# As browsers read them (encoding.spec.whatwg.org): the label often names an older, smaller set than the one in use.
# The package webencodings knows all labels of that page, but not `eucjp` and `cp932`, and it decodes `gbk` without the
# four-byte characters of gb18030.
_CODECS = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "ms_kanji": "cp932", "cp932": "cp932",
    "euc-jp": "euc_jp", "x-euc-jp": "euc_jp", "eucjp": "euc_jp", "iso-2022-jp": "iso2022_jp",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "euc-kr": "cp949", "windows-949": "cp949",
    "us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252",
    "iso-8859-2": "iso8859_2", "iso-8859-15": "iso8859_15", "windows-1250": "cp1250", "windows-1251": "cp1251",
    "koi8-r": "koi8_r",
}  # fmt: skip


def decode_page(body: bytes, content_type: str) -> str:
    """The text of a page; bytes that its charset cannot decode become U+FFFD.

    Args:
        content_type: the header with its parameters.
    """
    for mark, codec in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    header, start = _HEADER.search(content_type[:_HEADER_CHARACTERS]), body[:_INSPECTED_LENGTH]
    declaration = _XML.search(start) or _META.search(start)
    labels = (header[1] if header else "", declaration[1].decode("ascii") if declaration else "", "utf-8")
    codecs = list(dict.fromkeys(_CODECS[label.lower()] for label in labels if label.lower() in _CODECS))
    # servers and templates claim Latin-1 for everything, and no text in Latin-1 is UTF-8 by chance
    if codecs[0] == "cp1252" and _is_utf8(body):
        return body.decode("utf-8")
    decoded = (_decode_strictly(body, codec) for codec in codecs)
    text = next((text for text in decoded if text is not None), None)
    if text:
        return text
    # Shift_JIS and EUC-JP pages exist (services.md 3.10), some without a declaration. Kana are not there by chance.
    for codec in ("euc_jp", "cp932"):
        text = _decode_strictly(body, codec)
        if text is not None and len(_KANA.findall(text[:_INSPECTED_LENGTH])) >= _MIN_KANA:
            return text
    return body.decode(codecs[0], "replace")


def _is_utf8(body: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        body.decode("utf-8")
        return True
    return False


def _decode_strictly(body: bytes, codec: str) -> str | None:
    """The text, or ``None`` if the bytes do not fit; a page may be truncated within its last character."""
    for cut in range(_MAX_BYTES_PER_CHARACTER):
        with suppress(UnicodeDecodeError):
            return body[: len(body) - cut].decode(codec) + ("\ufffd" if cut else "")
    return None
