"""Reads title, authors and date from the metadata of a PDF: XMP first, then the info dictionary (ISO 32000-1, 14.3).

The PDF is not interpreted: only these two places are read, with bounds everywhere. pypdf was measured and is not used:
a file of 60 kB whose object stream inflates to 60 MB costs it 13 s, and it rejects truncated files as a whole.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Final

from notebot.core.model.article import FactSource, PageClaims
from notebot.core.model.errors import BadAnswerError
from notebot.core.model.partial_date import parse_partial_date
from notebot.core.net.xml_safety import raise_if_unsafe_xml
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_INFO_REFERENCE = regex(rb"/Info\s{1,5}([0-9]{1,8})\s{1,5}([0-9]{1,5})\s{1,5}R")
_OBJECT_STREAM = regex(rb"/Type\s{0,5}/ObjStm")
_FIRST = regex(rb"/First\s{1,5}([0-9]{1,8})")
_COUNT = regex(rb"/N\s{1,5}([0-9]{1,8})")
_CREATION_DATE = regex(r"D:([0-9]{4})([0-9]{2})?([0-9]{2})?")
_OCTAL = regex(rb"[0-7]{1,3}")
_XMP_START, _XMP_END = b"<x:xmpmeta", b"</x:xmpmeta>"
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_XMP: Final = "{http://ns.adobe.com/xap/1.0/}"

# Limits of what a hostile file may cost, since every place in it may claim to be the metadata.
_MAX_XMP_BYTES = 200_000
_MAX_DICTIONARY_BYTES = 20_000
_MAX_STREAM_BYTES = 1_000_000
_MAX_BYTES_BEFORE_TYPE = 500
_MAX_BYTES_AFTER_TYPE = 1_000
_MAX_STRING_BYTES = 4_000
_MAX_STREAMS = 64
# each save of a PDF may append another table, and the last one counts
_MAX_UPDATES = 1_000
_MAX_NUMBER_DIGITS = 9

# Where PDFDocEncoding differs from Latin-1 (ISO 32000-1, annex D.2).
_PDF_DOC = dict(zip(range(0x80, 0xA1), "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\ufffd€", strict=True))  # fmt: skip
_ESCAPES = {ord(name): byte for name, byte in zip("nrtbf", b"\n\r\t\b\f", strict=True)}
# Titles and authors that programs fill in by default.
_DEFAULT_TITLE = regex(
    r"""untitled.{0,20} | (?:microsoft\s(?:word|powerpoint)\s-\s|powerpoint\s).{0,200}
      | (?:slide|スライド|layout)\s?[0-9]{0,3}
      | [^\s]{1,200}\.(?:pdf|docx?|tex|dvi|ps|indd|pptx?|rtf|odt|qxd|p65)""",
    re.IGNORECASE | re.VERBOSE,
)
_DEFAULT_AUTHORS = frozenset(
    {"anonymous", "user", "admin", "administrator", "owner", "unknown", "author", "authors", "microsoft office user"}
)


def read_pdf_metadata(body: bytes) -> PageClaims:
    """The facts from the metadata; titles and authors that a program filled in by default are ignored."""
    info, xmp = _read_info(body), _read_xmp(body)
    title = next((title for title in (xmp.title, info.title) if title and not _DEFAULT_TITLE.fullmatch(title)), "")
    authors = _split_authors(xmp.authors) or _split_authors(info.authors)
    return PageClaims(FactSource.PDF, title=title, authors=authors, published_on=xmp.published_on or info.published_on)


def _split_authors(texts: tuple[str, ...]) -> tuple[str, ...]:
    """``Ada Lovelace, Emmy Noether and Mary Somerville`` gives three names; ``Lovelace, Ada`` stays one."""
    authors: list[str] = []
    for text in texts:
        names = [name.strip() for name in re.split(r"[;,]|\sand\s", text[:_MAX_STRING_BYTES]) if name.strip()]
        is_list = ";" in text or all(len(name.split()) > 1 for name in names)
        authors += names if is_list else [text.strip()]
    return tuple(name for name in authors if name.strip().lower() not in _DEFAULT_AUTHORS)


def _read_info(body: bytes) -> PageClaims:
    """The facts from the info dictionary that the last trailer refers to: each update of a file appends a trailer."""
    references = list(islice(_INFO_REFERENCE.finditer(body), _MAX_UPDATES))
    # The strings of an encrypted PDF cannot be read without its key.
    if not references or b"/Encrypt" in body:
        return PageClaims(FactSource.PDF)
    number, generation = int(references[-1][1]), int(references[-1][2])
    starts = re.finditer(rb"(?<![0-9])%d\s{1,5}%d\s{1,5}obj" % (number, generation), body)
    position = max((start.end() for start in islice(starts, _MAX_UPDATES)), default=None)
    if position is not None:
        dictionary = body[position : position + _MAX_DICTIONARY_BYTES].partition(b"endobj")[0]
    else:
        dictionary = next(_find_in_object_streams(body, number), b"")
    author = _string_value(dictionary, b"Author")
    created = _CREATION_DATE.match(_string_value(dictionary, b"CreationDate"))
    return PageClaims(
        FactSource.PDF,
        title=_string_value(dictionary, b"Title").strip(),
        authors=(author,) if author.strip() else (),
        published_on=parse_partial_date("-".join(part for part in created.groups() if part)) if created else None,
    )


def _find_in_object_streams(body: bytes, wanted: int) -> Iterator[bytes]:
    """The contents of the object with this number, from the compressed streams of objects (ISO 32000-1, 7.5.7)."""
    for kind in islice(_OBJECT_STREAM.finditer(body), _MAX_STREAMS):
        start = body.find(b"stream", kind.end(), kind.end() + _MAX_BYTES_AFTER_TYPE)
        head = body[max(body.rfind(b"<<", 0, kind.start()), kind.start() - _MAX_BYTES_BEFORE_TYPE) : start]
        first, count = _FIRST.search(head), _COUNT.search(head)
        if start < 0 or not first or not count or not int(first[1]) or not int(count[1]):
            continue
        data_at = start + len(b"stream")
        compressed = body[data_at : data_at + _MAX_STREAM_BYTES].lstrip(b"\r\n")
        try:
            # Bounded, so a small file cannot inflate to gigabytes.
            objects = zlib.decompressobj().decompress(compressed, _MAX_STREAM_BYTES)
        except zlib.error:
            continue
        # The stream starts with pairs of an object's number and its offset from `first`.
        pairs = objects[: int(first[1])].split()[: 2 * int(count[1])]
        numbers = [int(word) for word in pairs if word.isdigit() and len(word) <= _MAX_NUMBER_DIGITS]
        offsets = dict(zip(numbers[::2], numbers[1::2], strict=False))
        if wanted in offsets:
            position = int(first[1]) + offsets[wanted]
            yield objects[position : position + _MAX_DICTIONARY_BYTES].partition(b">>")[0]


def _string_value(dictionary: bytes, key: bytes) -> str:
    """The decoded string under ``key``; empty if it is missing or not a string."""
    match = re.search(rb"/" + key + rb"\s{0,5}(?=[(<])", dictionary)
    if match is None:
        return ""
    position = match.end() + 1
    if dictionary[match.end() : position] == b"(":
        raw = _parse_literal(dictionary, position)
    else:
        hexadecimal = dictionary[position : position + _MAX_STRING_BYTES].partition(b">")[0]
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", hexadecimal)
        raw = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())  # a missing last digit is 0 (7.3.4.3)
    for mark, codec in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8")):
        if raw.startswith(mark):
            return raw[len(mark) :].decode(codec, "replace")
    return raw.decode("latin-1").translate(_PDF_DOC)


def _parse_literal(data: bytes, position: int) -> bytes:
    """The string from ``position`` up to the parenthesis that closes it; pairs may nest (ISO 32000-1, 7.3.4.2)."""
    string, depth, end = bytearray(), 1, min(len(data), position + _MAX_STRING_BYTES)
    while position < end:
        byte = data[position]
        position += 1
        if byte == ord("\\"):
            octal = _OCTAL.match(data, position)
            if octal:
                string.append(int(octal[0], 8) & 0xFF)
                position = octal.end()
                continue
            escaped = data[position : position + 1]
            # A backslash before the end of a line continues the string on the next line.
            if escaped not in (b"\n", b"\r", b""):
                string.append(_ESCAPES.get(escaped[0], escaped[0]))
            position += 2 if data[position : position + 2] == b"\r\n" else 1
            continue
        depth += (byte == ord("(")) - (byte == ord(")"))
        if not depth:
            break
        string.append(byte)
    return bytes(string)


def _read_xmp(body: bytes) -> PageClaims:
    """The facts from the last XMP packet; no facts if it is malformed or compressed."""
    start = body.rfind(_XMP_START)
    end = body.find(_XMP_END, start, start + _MAX_XMP_BYTES) if start >= 0 else -1
    packet = body[start : end + len(_XMP_END)] if end >= 0 else b""
    try:
        raise_if_unsafe_xml(packet, "The PDF's metadata")
        root = ET.fromstring(packet)
    except (BadAnswerError, ET.ParseError):
        return PageClaims(FactSource.PDF)
    # The same property may be written as an element or as an attribute.
    created = [element.text or "" for element in root.iter(f"{_XMP}CreateDate")]
    created += [element.get(f"{_XMP}CreateDate") or "" for element in root.iter(f"{_RDF}Description")]
    dates = (parse_partial_date(text) for text in created)
    return PageClaims(
        FactSource.PDF,
        title=next(_list_items(root, "title"), ""),
        authors=tuple(_list_items(root, "creator")),
        published_on=next((date for date in dates if date is not None), None),
    )


def _list_items(root: ET.Element, name: str) -> Iterator[str]:
    """The texts of the list in a Dublin Core element, without empty ones."""
    for element in root.iter(f"{_DC}{name}"):
        for item in element.iter(f"{_RDF}li"):
            text = (item.text or "").strip()
            if text:
                yield text
