"""arXiv's records by OAI-PMH: what changed in a category since a day, the whole list or not at all."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection, Mapping
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from msgspec import Struct

from notebot.core.model.category import ALIASES
from notebot.core.model.errors import BadAnswerError
from notebot.core.model.oai_record import Record
from notebot.core.net.xml_safety import raise_if_unsafe_xml
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse

if TYPE_CHECKING:
    from notebot.core.net.client import Http
    from notebot.core.net.pace import Pace
    from notebot.core.net.response import Response

_ACCEPT = ("text/xml", "application/xml")
_MAX_BYTES = 64 * 1024 * 1024
_MOST_PAGES = 1000
_MOST_RESTARTS = 2
_MOST_WORDS = 200
"""Characters of what the server says of an error."""

_OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
_ARXIV: Final = "{http://arxiv.org/OAI/arXiv/}"
_NOTHING: Final = "noRecordsMatch"
_EXPIRED: Final = "badResumptionToken"

_NAME_PARTS = ("forenames", "keyname", "suffix")
_GROUPS = frozenset(["cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"])
"""Archives that are a group of their own; all others belong to the group ``physics``."""

_ID = regex(r"oai:arXiv\.org:([0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7})")
_OLD_CLASS = regex(r"\.[A-Z]{2}(?=/)")


class _FlawError(Exception):
    """What is wrong with a page, worded to follow its name."""


class Told(Struct, frozen=True):
    """What one record of a page says."""

    arxiv_id: str
    datestamp: date
    record: Record | None
    """``None`` where it was deleted."""


class Page(Struct, frozen=True):
    """One well-formed answer to ListRecords."""

    told: tuple[Told, ...]
    token: str
    """Leads to the next page; empty on the last one."""
    errors: Mapping[str, str]
    """The protocol's error codes, each with the server's words."""
    set_spec: str | None
    """The set that the server says it was asked for, where it repeats that."""

    @property
    def refusal(self) -> str | None:
        """What the server has against the request itself, if anything."""
        against = (f"{code}: {words}" for code, words in self.errors.items() if code != _NOTHING)
        return next((sentence[:_MOST_WORDS] for sentence in against), None)


class ArxivOai:
    """arXiv's OAI-PMH service at ``oai_url``; a list of more than ``most_pages`` is taken for endless."""

    def __init__(self, http: Http, oai_url: str, pace: Pace, *, most_pages: int = _MOST_PAGES) -> None:
        self._http = http
        self._oai_url = oai_url
        self._pace = pace
        self._most_pages = most_pages

    def changed_since(self, category: str, since: date) -> list[Record]:
        """Every record of the category that changed on ``since`` or later, each once; empty where none did.

        A resumption token expires at midnight UTC, so that a list may have to be asked for from its
        beginning again, which is done twice at most.

        Args:
            category: by its canonical name.
            since: compared with the day of the record's last change, not of its announcement.

        Raises:
            ServiceError: the list did not come to its end. A part of it is never returned.
        """
        for _ in range(_MOST_RESTARTS + 1):
            newest = self._newest(category, since)
            if newest is not None:
                records = (told.record for told in newest.values())
                return [record for record in records if record is not None and _is_in(category, record)]
        raise BadAnswerError(
            f"{_whose(category)} broke off {_MOST_RESTARTS + 1} times ({_EXPIRED}); none of it is used, try again later"
        )

    def identify(self) -> None:
        """Asks the service who it is.

        Raises:
            ServiceError: it does not answer, or is no OAI-PMH service.
        """
        whose = "arXiv's OAI-PMH"

        def examine(answer: Response) -> None:
            raise_if_unsafe_xml(answer.body, whose)
            if b"<OAI-PMH" not in answer.body:
                raise BadAnswerError(f"{whose} does not answer as one; check oai_url in the config")

        url = f"{self._oai_url}?verb=Identify"
        self._http.get(url, accept=_ACCEPT, max_bytes=_MAX_BYTES, service=whose, pace=self._pace, check=examine)

    def _newest(self, category: str, since: date) -> dict[str, Told] | None:
        """What is told last of each id; ``None`` where a token was not honoured."""
        newest: dict[str, Told] = {}
        given: list[str] = []
        for _ in range(self._most_pages):
            page = self._page(category, since, given)
            if _EXPIRED in page.errors:
                return None
            if page.refusal is not None:
                raise BadAnswerError(f"{_whose(category)} was refused ({page.refusal}); check oai_url in the config")
            for told in page.told:
                if told.arxiv_id not in newest or newest[told.arxiv_id].datestamp <= told.datestamp:
                    newest[told.arxiv_id] = told
            if not page.token:
                return newest
            given.append(page.token)
        raise BadAnswerError(f"{_whose(category)} has no end after {self._most_pages} pages; none of it is used")

    def _page(self, category: str, since: date, given: list[str]) -> Page:
        """The page behind the last token given; checked within the request, so that it is asked for again."""
        pages: list[Page] = []
        self._http.get(
            f"{self._oai_url}?{urlencode(_arguments(category, since, given))}",
            accept=_ACCEPT,
            max_bytes=_MAX_BYTES,
            service=_whose(category),
            pace=self._pace,
            check=lambda answer: pages.append(parse_page(answer.body, category, given)),
        )
        return pages[-1]


def set_of(category: str) -> str:
    """The set of a category: ``cs:cs:CL`` for ``cs.CL``, ``physics:hep-th`` for the undivided ``hep-th``."""
    archive, _, subject = category.partition(".")
    group = archive if archive in _GROUPS else "physics"
    return ":".join(filter(None, (group, archive, subject)))


def _whose(category: str) -> str:
    return f"arXiv's list of changes in {category}"


def _arguments(category: str, since: date, given: list[str]) -> dict[str, str]:
    """There is no ``until``: arXiv advises against it, and it could only lose what changes meanwhile."""
    if given:
        return {"verb": "ListRecords", "resumptionToken": given[-1]}
    return {"verb": "ListRecords", "metadataPrefix": "arXiv", "set": set_of(category), "from": since.isoformat()}


def _is_in(category: str, record: Record) -> bool:
    return _canonical(category) in map(_canonical, record.categories)


def _canonical(category: str) -> str:
    return ALIASES.get(category, category)


def parse_page(body: bytes, category: str, given: Collection[str]) -> Page:
    """A page of the category's list from the bytes of an answer to ListRecords.

    Args:
        body: the whole answer.
        category: by its canonical name.
        given: the resumption tokens of the pages before it.

    Raises:
        BadAnswerError: cut short, not an answer to ListRecords, another set's, without records where
            there have to be some, the beginning of a loop, or a record without what every record has.
    """
    whose = _whose(category)
    raise_if_unsafe_xml(body, whose)
    try:
        page = _read(body)
        _check_place(page, set_of(category), given)
    except ET.ParseError as error:
        raise BadAnswerError(f"{whose} is cut short or not well-formed ({error}); try again later") from error
    except _FlawError as flaw:
        raise BadAnswerError(f"{whose} {flaw}; none of it is used, try again later") from flaw
    return page


def _check_place(page: Page, set_spec: str, given: Collection[str]) -> None:
    if page.refusal is not None:
        return
    if page.set_spec is not None and page.set_spec != set_spec:
        raise _FlawError(f"is about the set {page.set_spec[:80]!r} instead of {set_spec!r}")
    if page.errors and given:
        raise _FlawError(f"ends with {_NOTHING} where one more page was promised")
    if bool(page.told) == bool(page.errors):
        raise _FlawError("says that there are no records, yet has some" if page.told else "has a page without records")
    if page.token in given:
        raise _FlawError("goes round in circles: it gave the same resumption token twice")


def _read(body: bytes) -> Page:
    """Records one by one; each element is emptied when it has been read, so that memory stays low."""
    events = iter(ET.iterparse(BytesIO(body), ("start", "end")))
    _, root = next(events)
    if root.tag != f"{_OAI}OAI-PMH":
        raise _FlawError(f"is not OAI-PMH: its root is <{root.tag[:80]}>")
    told: list[Told] = []
    for event, element in events:
        if event == "end" and element.tag == f"{_OAI}record":
            told.append(_told(element))
            element.clear()
    errors = {error.get("code", "no code"): _words(error) for error in root.findall(f"{_OAI}error")}
    listed = root.find(f"{_OAI}ListRecords")
    if listed is None and not errors:
        raise _FlawError("is no answer to ListRecords")
    request = root.find(f"{_OAI}request")
    return Page(
        tuple(told),
        token=(listed.findtext(f"{_OAI}resumptionToken") or "").strip() if listed is not None else "",
        errors=errors,
        set_spec=request.get("set") if request is not None else None,
    )


def _told(element: ET.Element) -> Told:
    header = element.find(f"{_OAI}header")
    identifier = _text(header, f"{_OAI}identifier")
    match = _ID.fullmatch(identifier)
    if match is None:
        raise _FlawError(f"has a record whose identifier is not a paper's: {identifier[:80]!r}")
    arxiv_id = _OLD_CLASS.sub("", match[1])
    datestamp = _date(_text(header, f"{_OAI}datestamp"), arxiv_id, "datestamp")
    if header is not None and header.get("status") == "deleted":
        return Told(arxiv_id, datestamp, None)
    return Told(arxiv_id, datestamp, _record(element.find(f"{_OAI}metadata/{_ARXIV}arXiv"), arxiv_id, datestamp))


def _record(metadata: ET.Element | None, arxiv_id: str, datestamp: date) -> Record:
    def text(name: str) -> str:
        return _text(metadata, f"{_ARXIV}{name}")

    for name in ("title", "categories"):
        if not text(name):
            raise _FlawError(f"has no {name} for {arxiv_id}")
    return Record(
        arxiv_id=arxiv_id,
        datestamp=datestamp,
        title=text("title"),
        authors=_authors(metadata),
        abstract=text("abstract"),
        categories=tuple(text("categories").split()),
        created=_date(text("created"), arxiv_id, "created"),
        updated=_date(text("updated"), arxiv_id, "updated") if text("updated") else None,
        comment=text("comments") or None,
        journal_ref=text("journal-ref") or None,
        doi=text("doi") or None,
    )


def _authors(metadata: ET.Element | None) -> tuple[str, ...]:
    """Names in the order in which they are read; nothing that has no letter, such as the colon of a team."""
    authors = metadata.findall(f"{_ARXIV}authors/{_ARXIV}author") if metadata is not None else []
    names = (collapse(" ".join(_text(each, f"{_ARXIV}{part}") for part in _NAME_PARTS)) for each in authors)
    return tuple(name for name in names if any(character.isalpha() for character in name))


def _text(parent: ET.Element | None, path: str) -> str:
    """The words of the first element on the path; empty where there is none."""
    element = parent.find(path) if parent is not None else None
    return _words(element) if element is not None else ""


def _words(element: ET.Element) -> str:
    """An element's text, markup inside it left out, white space collapsed."""
    return collapse("".join(element.itertext()))


def _date(text: str, arxiv_id: str, name: str) -> date:
    """A day as ``YYYY-MM-DD`` and in no other of the forms that ISO 8601 allows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise _FlawError(f"has no {name} day for {arxiv_id}, but {text[:40]!r}")
    return day
