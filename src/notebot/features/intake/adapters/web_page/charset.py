"""Bytes of a page to text: by the byte order mark, the header, the page's own word, UTF-8, or as Japanese.

The first that can read the page counts: servers name a charset for pages of all ages, and some are older.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HEADER = regex(r"charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_META = regex(rb"<meta\s[^<>]{0,300}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_XML = regex(rb"\A\s{0,20}<\?xml\s[^<>]{0,100}?encoding\s{0,5}=\s{0,5}[\"']([A-Za-z0-9_.:-]{1,40})")
_LOOKED_AT = 4096
_LONGEST_LETTER = 4
"""Bytes; a page may have been cut within one."""
_KANA = regex("[\u3041-\u3096\u30a1-\u30fa]")
_ENOUGH_KANA = 3

# As browsers read them (encoding.spec.whatwg.org): the label is often an older, smaller set than what is used.
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


def decoded(body: bytes, content_type: str) -> str:
    """The text of a page; what its charset cannot read is marked, never an error.

    Args:
        content_type: the header, with its parameters.
    """
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    named = list(dict.fromkeys(_named(body, content_type)))
    read = (text for codec in named if (text := _strictly(body, codec)) is not None)
    return next(read, None) or _as_japanese(body) or body.decode(named[0], "replace")


def _named(body: bytes, content_type: str) -> Iterator[str]:
    header, start = _HEADER.search(content_type[:300]), body[:_LOOKED_AT]
    told = _XML.search(start) or _META.search(start)
    for name in (header[1] if header else "", told[1].decode("ascii") if told else "", "utf-8"):
        if name.lower() in _CODECS:
            yield _CODECS[name.lower()]


def _strictly(body: bytes, codec: str) -> str | None:
    for cut in range(_LONGEST_LETTER):
        with suppress(UnicodeDecodeError):
            return body[: len(body) - cut].decode(codec) + ("\ufffd" if cut else "")
    return None


def _as_japanese(body: bytes) -> str | None:
    """By one of the old charsets of Japan, if it makes kana of the bytes."""
    for codec in ("euc_jp", "cp932"):
        text = _strictly(body, codec)
        if text is not None and len(_KANA.findall(text[:_LOOKED_AT])) >= _ENOUGH_KANA:
            return text
    return None
