"""Title, authors and date of a PDF, as its metadata give them: XMP first, then the info dictionary (ISO 32000-1, 14.3).

No PDF is interpreted: two places are looked at, with bounds everywhere. What stands elsewhere stays open.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Final

from notebot.core.model.article import FactSource, PageClaims
from notebot.core.model.errors import BadAnswerError
from notebot.core.model.partial_date import PartialDate, parse_partial_date
from notebot.core.net.xml_safety import raise_if_unsafe_xml
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_INFO = regex(rb"/Info\s{1,5}([0-9]{1,8})\s{1,5}([0-9]{1,5})\s{1,5}R")
_OBJECT_STREAM = regex(rb"/Type\s{0,5}/ObjStm")
_NUMBER = {name: regex(rb"/" + name + rb"\s{1,5}([0-9]{1,8})") for name in (b"First", b"N")}
_CREATED = regex(r"D:([0-9]{4})([0-9]{2})?([0-9]{2})?")
_XMP_START, _XMP_END = b"<x:xmpmeta", b"</x:xmpmeta>"
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_XMP: Final = "{http://ns.adobe.com/xap/1.0/}"

_LARGEST_XMP = 200_000
_LARGEST_DICTIONARY = 20_000
_LARGEST_STREAM = 1_000_000
_LONGEST_STRING = 4_000
_MOST_STREAMS = 64
_MOST_UPDATES = 1_000

# Where PDFDocEncoding differs from Latin-1 (ISO 32000-1, annex D.2).
_PDF_DOC = dict(zip(range(0x80, 0xA1), "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\ufffd€", strict=True))  # fmt: skip
_ESCAPES = {ord(name): byte for name, byte in zip("nrtbf", b"\n\r\t\b\f", strict=True)}
_NO_TITLE = regex(
    r"""untitled.{0,20} | (?:microsoft\s(?:word|powerpoint)\s-\s|powerpoint\s).{0,200}
      | (?:slide|スライド|layout)\s?[0-9]{0,3}
      | [^\s]{1,200}\.(?:pdf|docx?|tex|dvi|ps|indd|pptx?|rtf|odt|qxd|p65)""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_AUTHOR = frozenset(
    {"anonymous", "user", "admin", "administrator", "owner", "unknown", "author", "authors", "microsoft office user"}
)


def read_pdf(body: bytes) -> PageClaims:
    """What the metadata say; titles and authors that a program put in for want of any count as none."""
    info, xmp = _info(body), _xmp(body)
    title = next((one for one in (xmp.title, info.title) if one and not _NO_TITLE.fullmatch(one)), "")
    authors = _people(xmp.authors) or _people(info.authors)
    return PageClaims(FactSource.PDF, title=title, authors=authors, published_on=xmp.published_on or info.published_on)


def _people(told: tuple[str, ...]) -> tuple[str, ...]:
    names = [name for text in told for name in _split(text)]
    return tuple(name for name in names if name.strip().lower() not in _NO_AUTHOR)


def _split(text: str) -> list[str]:
    """``Ada Lovelace, Emmy Noether and Mary Somerville`` as three; ``Lovelace, Ada`` stays one."""
    parts = [part.strip() for part in re.split(r"[;,]|\sand\s", text[:_LONGEST_STRING]) if part.strip()]
    return parts if ";" in text or all(len(part.split()) > 1 for part in parts) else [text.strip()]


def _info(body: bytes) -> PageClaims:
    dictionary = b"" if b"/Encrypt" in body else _info_dictionary(body)
    author, created = _value(dictionary, b"Author"), _CREATED.match(_value(dictionary, b"CreationDate"))
    return PageClaims(
        FactSource.PDF,
        title=_value(dictionary, b"Title").strip(),
        authors=(author,) if author.strip() else (),
        published_on=parse_partial_date("-".join(part for part in created.groups() if part)) if created else None,
    )


def _info_dictionary(body: bytes) -> bytes:
    trailers = list(islice(_INFO.finditer(body), _MOST_UPDATES))
    if not trailers:
        return b""
    found = trailers[-1]  # each update of a file appends a trailer
    starts = re.finditer(rb"(?<![0-9])%d\s{1,5}%d\s{1,5}obj" % (int(found[1]), int(found[2])), body)
    at = max((start.end() for start in islice(starts, _MOST_UPDATES)), default=None)
    if at is not None:
        return body[at : at + _LARGEST_DICTIONARY].partition(b"endobj")[0]
    return next(_in_streams(body, int(found[1])), b"")


def _in_streams(body: bytes, wanted: int) -> Iterator[bytes]:
    """The object of a number, out of the streams that hold objects (7.5.7)."""
    for kind in islice(_OBJECT_STREAM.finditer(body), _MOST_STREAMS):
        start = body.find(b"stream", kind.end(), kind.end() + 1_000)
        head = body[max(body.rfind(b"<<", 0, kind.start()), kind.start() - 500) : start]
        first, count = (found and int(found[1]) for found in (_NUMBER[name].search(head) for name in (b"First", b"N")))
        if start < 0 or not first or not count:
            continue
        objects = _inflated(body[start + len(b"stream") : start + len(b"stream") + _LARGEST_STREAM].lstrip(b"\r\n"))
        numbers = [int(word) for word in objects[:first].split()[: 2 * count] if word.isdigit() and len(word) < 10]
        offsets = dict(zip(numbers[::2], numbers[1::2], strict=False))
        if wanted in offsets:
            at = first + offsets[wanted]
            yield objects[at : at + _LARGEST_DICTIONARY].partition(b">>")[0]


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _LARGEST_STREAM)
    except zlib.error:
        return b""


def _value(dictionary: bytes, key: bytes) -> str:
    found = re.search(rb"/" + key + rb"\s{0,5}(?=[(<])", dictionary)
    if found is None:
        return ""
    at = found.end()
    raw = _literal(dictionary, at + 1) if dictionary[at : at + 1] == b"(" else _hex(dictionary, at + 1)
    return _decoded(raw)


def _literal(data: bytes, at: int) -> bytes:
    """A string in parentheses (7.3.4.2), up to the one that closes it."""
    found, depth, end = bytearray(), 1, min(len(data), at + _LONGEST_STRING)
    while at < end:
        byte = data[at]
        at += 1
        if byte == 0x5C:
            octal = re.compile(rb"[0-7]{1,3}").match(data, at)
            found += bytes([int(octal[0], 8) & 0xFF]) if octal else _escaped(data[at : at + 1])
            at = octal.end() if octal else at + (2 if data[at : at + 2] == b"\r\n" else 1)
            continue
        depth += (byte == 0x28) - (byte == 0x29)
        if not depth:
            break
        found.append(byte)
    return bytes(found)


def _escaped(byte: bytes) -> bytes:
    """A backslash before the end of a line continues it."""
    return b"" if byte in (b"\n", b"\r", b"") else bytes([_ESCAPES.get(byte[0], byte[0])])


def _hex(data: bytes, at: int) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", data[at : at + _LONGEST_STRING].partition(b">")[0])
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _decoded(raw: bytes) -> str:
    for mark, codec in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8")):
        if raw.startswith(mark):
            return raw[len(mark) :].decode(codec, "replace")
    return raw.decode("latin-1").translate(_PDF_DOC)


def _xmp(body: bytes) -> PageClaims:
    start = body.rfind(_XMP_START)
    end = body.find(_XMP_END, start, start + _LARGEST_XMP) if start >= 0 else -1
    packet = body[start : end + len(_XMP_END)] if end >= 0 else b""
    try:
        raise_if_unsafe_xml(packet, "The PDF's metadata")
        root = ET.fromstring(packet)
    except (BadAnswerError, ET.ParseError):
        return PageClaims(FactSource.PDF)
    return PageClaims(
        FactSource.PDF,
        title=next(_items(root, "title"), ""),
        authors=tuple(_items(root, "creator")),
        published_on=_created(root),
    )


def _items(root: ET.Element, name: str) -> Iterator[str]:
    for element in root.iter(f"{_DC}{name}"):
        yield from ((item.text or "").strip() for item in element.iter(f"{_RDF}li") if (item.text or "").strip())


def _created(root: ET.Element) -> PartialDate | None:
    told = [element.text or "" for element in root.iter(f"{_XMP}CreateDate")]
    told += [element.get(f"{_XMP}CreateDate") or "" for element in root.iter(f"{_RDF}Description")]
    return next((found for text in told if (found := parse_partial_date(text)) is not None), None)
