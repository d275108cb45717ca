"""Harvests arXiv's records by OAI-PMH: the changes in a category since a day, as a whole list or not at all."""

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
from notebot.core.model.oai_record import OaiRecord
from notebot.core.net.xml_safety import raise_if_unsafe_xml, repair_document
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse

if TYPE_CHECKING:
    from notebot.core.net.client import Http
    from notebot.core.net.pace import Turns
    from notebot.core.net.response import Response

_ACCEPT = ("text/xml", "application/xml")
_MAX_BYTES = 64 * 1024 * 1024
# ends an endless chain of tokens; no real list comes near it
_MAX_PAGES = 1000
# a token may expire during a long list; a list that breaks off every time is the server's fault
_MAX_RESTARTS = 2
_MAX_MESSAGE = 200
"""Characters of the server's error message."""

_OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
_ARXIV: Final = "{http://arxiv.org/OAI/arXiv/}"
_NO_RECORDS: Final = "noRecordsMatch"
_BAD_TOKEN: Final = "badResumptionToken"

_NAME_PARTS = ("forenames", "keyname", "suffix")
_GROUPS = frozenset(["cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"])
"""Archives that are a group of their own; all others belong to the group ``physics``."""

_ID = regex(r"oai:arXiv\.org:([0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7})")
_OLD_CLASS = regex(r"\.[A-Z]{2}(?=/)")


class _MalformedPageError(Exception):
    """Why a page cannot be used, worded to follow the page's name."""


class ListedRecord(Struct, frozen=True):
    """One record of a page."""

    arxiv_id: str
    datestamp: date
    record: OaiRecord | None
    """``None`` for a deleted record."""


class OaiPage(Struct, frozen=True):
    """A well-formed answer to ListRecords."""

    records: tuple[ListedRecord, ...]
    token: str
    """The resumption token of the next page; empty on the last one."""
    errors: Mapping[str, str]
    """The protocol's error codes, each with the server's message."""
    set_spec: str | None
    """The set that the server repeats from the request, if it does."""

    @property
    def refusal(self) -> str | None:
        """The first error that is about the request itself, with its code."""
        refusals = (f"{code}: {message}" for code, message in self.errors.items() if code != _NO_RECORDS)
        return next((refusal[:_MAX_MESSAGE] for refusal in refusals), None)


class ArxivOai:
    """arXiv's OAI-PMH service at ``oai_url``; a list of more than ``max_pages`` counts as endless."""

    def __init__(self, http: Http, oai_url: str, pace: Turns, *, max_pages: int = _MAX_PAGES) -> None:
        self._http = http
        self._oai_url = oai_url
        self._pace = pace
        self._max_pages = max_pages

    def changed_since(self, category: str, since: date) -> list[OaiRecord]:
        """Every record of the category that changed on ``since`` or later, each once.

        Args:
            category: by its canonical name.
            since: compared with the day of the record's last change, not of its announcement.

        Raises:
            ServiceError: the list did not come to its end. A partial list is never returned.
        """
        # a resumption token expires at midnight UTC (services.md 1.3), so a list may have to start again
        for _ in range(_MAX_RESTARTS + 1):
            newest = self._harvest(category, since)
            if newest is not None:
                records = (listed.record for listed in newest.values())
                # without deleted records, and without papers that are in the category under none of its names
                return [
                    record
                    for record in records
                    if record is not None and _canonical(category) in map(_canonical, record.categories)
                ]
        raise BadAnswerError(
            f"{_list_name(category)} broke off {_MAX_RESTARTS + 1} times ({_BAD_TOKEN}); "
            "none of it is used, try again later"
        )

    def identify(self) -> None:
        """Checks that the service answers to Identify.

        Raises:
            ServiceError: it does not answer, or it is not an OAI-PMH service.
        """
        service = "arXiv's OAI-PMH"

        def check(answer: Response) -> None:
            raise_if_unsafe_xml(answer.body, service)
            if b"<OAI-PMH" not in answer.body:
                raise BadAnswerError(f"{service} did not answer like an OAI-PMH service; check oai_url in the config")

        url = f"{self._oai_url}?verb=Identify"
        self._http.get(url, accept=_ACCEPT, max_bytes=_MAX_BYTES, service=service, pace=self._pace, check=check)

    def _harvest(self, category: str, since: date) -> dict[str, ListedRecord] | None:
        """The newest record of each id; ``None`` if a resumption token was refused."""
        newest: dict[str, ListedRecord] = {}
        tokens: list[str] = []
        pages: list[OaiPage] = []
        # no `until`: arXiv advises against it, and it could only lose changes made meanwhile
        arguments = {"verb": "ListRecords", "metadataPrefix": "arXiv", "set": set_of(category), "from": f"{since}"}
        for _ in range(self._max_pages):
            self._http.get(
                f"{self._oai_url}?{urlencode(arguments)}",
                accept=_ACCEPT,
                max_bytes=_MAX_BYTES,
                service=_list_name(category),
                pace=self._pace,
                # parsed within the request, so that the client retries a truncated or malformed page
                check=lambda answer: pages.append(parse_page(answer.body, category, tokens)),
            )
            page = pages.pop()
            if _BAD_TOKEN in page.errors:
                return None
            if page.refusal is not None:
                raise BadAnswerError(
                    f"{_list_name(category)} was refused ({page.refusal}); check oai_url in the config"
                )
            for listed in page.records:
                # a record that changes while the list is read comes twice
                if listed.arxiv_id not in newest or newest[listed.arxiv_id].datestamp <= listed.datestamp:
                    newest[listed.arxiv_id] = listed
            if not page.token:
                return newest
            tokens.append(page.token)
            arguments = {"verb": "ListRecords", "resumptionToken": page.token}
        raise BadAnswerError(f"{_list_name(category)} has no end after {self._max_pages} pages; none of it is used")


def set_of(category: str) -> str:
    """The set of a category: ``cs:cs:CL`` for ``cs.CL``, ``physics:hep-th`` for the undivided ``hep-th``."""
    archive, _, subject = category.partition(".")
    group = archive if archive in _GROUPS else "physics"
    return ":".join(filter(None, (group, archive, subject)))


def _list_name(category: str) -> str:
    return f"arXiv's list of changes in {category}"


def _canonical(category: str) -> str:
    return ALIASES.get(category, category)


def parse_page(body: bytes, category: str, previous_tokens: Collection[str]) -> OaiPage:
    """Parses one page of a category's list of changes.

    Args:
        body: the whole answer to ListRecords.
        category: by its canonical name.
        previous_tokens: the resumption tokens of the pages so far.

    Raises:
        BadAnswerError: truncated, not an answer to ListRecords, about another set, without records although
            there have to be some, the beginning of a loop, or a record without its required fields.
    """
    name = _list_name(category)
    raise_if_unsafe_xml(body, name)
    try:
        try:
            page = _parse_records(body)
        except ET.ParseError:
            repaired = repair_document(body, name)
            if repaired is None:
                raise
            page = _parse_records(repaired)
        _check_page(page, set_of(category), previous_tokens)
    except ET.ParseError as error:
        raise BadAnswerError(f"{name} is truncated or not well-formed ({error}); try again later") from error
    except _MalformedPageError as flaw:
        raise BadAnswerError(f"{name} {flaw}; none of it is used, try again later") from flaw
    return page


def _check_page(page: OaiPage, set_spec: str, previous_tokens: Collection[str]) -> None:
    """Raises if the page contradicts the request or itself; a refused request is left to the caller."""
    if page.refusal is not None:
        return
    if page.set_spec is not None and page.set_spec != set_spec:
        raise _MalformedPageError(f"is about the set {page.set_spec[:80]!r} instead of {set_spec!r}")
    if page.errors and previous_tokens:
        raise _MalformedPageError(f"ends with {_NO_RECORDS} where one more page was promised")
    if page.records and page.errors:
        raise _MalformedPageError("says that there are no records, yet has some")
    # OAI-PMH demands the error noRecordsMatch for an empty list, so silence is a broken answer
    if not page.records and not page.errors:
        raise _MalformedPageError("has a page without records")
    if page.token in previous_tokens:
        raise _MalformedPageError("does not end: the same resumption token came twice")


def _parse_records(body: bytes) -> OaiPage:
    events = iter(ET.iterparse(BytesIO(body), ("start", "end")))
    _, root = next(events)
    if root.tag != f"{_OAI}OAI-PMH":
        raise _MalformedPageError(f"is not OAI-PMH: its root is <{root.tag[:80]}>")
    records: list[ListedRecord] = []
    for event, element in events:
        if event == "end" and element.tag == f"{_OAI}record":
            records.append(_parse_record(element))
            element.clear()  # keeps memory low: a page may hold thousands of records
    errors = {error.get("code", "no code"): _text_of(error) for error in root.findall(f"{_OAI}error")}
    list_records = root.find(f"{_OAI}ListRecords")
    if list_records is None and not errors:
        raise _MalformedPageError("is not an answer to ListRecords")
    request = root.find(f"{_OAI}request")
    return OaiPage(
        tuple(records),
        token=(list_records.findtext(f"{_OAI}resumptionToken") or "").strip() if list_records is not None else "",
        errors=errors,
        set_spec=request.get("set") if request is not None else None,
    )


def _parse_record(element: ET.Element) -> ListedRecord:
    header = element.find(f"{_OAI}header")
    identifier = _text(header, f"{_OAI}identifier")
    match = _ID.fullmatch(identifier)
    if match is None:
        raise _MalformedPageError(f"has a record whose identifier is not a paper's: {identifier[:80]!r}")
    arxiv_id = _OLD_CLASS.sub("", match[1])
    datestamp = _day(_text(header, f"{_OAI}datestamp"), arxiv_id, "datestamp")
    if header is not None and header.get("status") == "deleted":
        return ListedRecord(arxiv_id, datestamp, None)
    metadata = element.find(f"{_OAI}metadata/{_ARXIV}arXiv")

    def text(name: str) -> str:
        return _text(metadata, f"{_ARXIV}{name}")

    for name in ("title", "categories"):
        if not text(name):
            raise _MalformedPageError(f"has no {name} for {arxiv_id}")
    authors = metadata.findall(f"{_ARXIV}authors/{_ARXIV}author") if metadata is not None else []
    names = (collapse(" ".join(_text(author, f"{_ARXIV}{part}") for part in _NAME_PARTS)) for author in authors)
    return ListedRecord(
        arxiv_id,
        datestamp,
        OaiRecord(
            arxiv_id=arxiv_id,
            datestamp=datestamp,
            title=text("title"),
            # the colon of a team ("Kumo Team, :") is not an author
            authors=tuple(name for name in names if any(map(str.isalpha, name))),
            abstract=text("abstract"),
            categories=tuple(text("categories").split()),
            created=_day(text("created"), arxiv_id, "created"),
            updated=_day(text("updated"), arxiv_id, "updated") if text("updated") else None,
            comment=text("comments") or None,
            journal_ref=text("journal-ref") or None,
            doi=text("doi") or None,
        ),
    )


def _text(parent: ET.Element | None, path: str) -> str:
    """The text of the first element on the path; empty without one."""
    element = parent.find(path) if parent is not None else None
    return _text_of(element) if element is not None else ""


def _text_of(element: ET.Element) -> str:
    """An element's text without the markup inside it, white space collapsed."""
    return collapse("".join(element.itertext()))


def _day(text: str, arxiv_id: str, name: str) -> date:
    """Parses ``YYYY-MM-DD``, and none of the other forms that ISO 8601 allows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise _MalformedPageError(f"has no {name} day for {arxiv_id}, but {text[:40]!r}")
    return day
