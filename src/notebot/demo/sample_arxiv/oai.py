"""OAI-PMH 2.0 with ``metadataPrefix=arXiv``: Identify, ListRecords, GetRecord."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.demo.sample_arxiv.answer import OAI_XML, Answer, Page, pages_of
from notebot.demo.sample_arxiv.markup import DECLARATION, element, instant, optional, split_affiliation
from notebot.demo.sample_arxiv.papers import Edition, SamplePaper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_BASE = "http://oaipmh.arxiv.org/oai"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_LIST_ARGUMENTS = {"verb", "metadataPrefix", "from", "until", "set", "resumptionToken"}
_GROUPS = "cs|econ|eess|math|physics|q-bio|q-fin|stat"
_SET = regex(rf"({_GROUPS})(:[a-z]+(-[a-z]+)*(:[A-Za-z-]+)?)?")
_SINGLE = pages_of(begins=True, ends=True)
_LICENCE = "http://creativecommons.org/licenses/by/4.0/"


class _OaiError(Exception):
    """An error of the protocol: HTTP 200 and an ``error`` element."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class _Selection(Struct, frozen=True):
    """What a list request asks for; its resumption token is its arguments again, and how many to skip."""

    since: str
    until: str
    set_spec: str
    skip: int = 0

    def token(self, skip: int) -> str:
        state = {"from": self.since, "until": self.until, "set": self.set_spec, "skip": str(skip)}
        return urlencode({"verb": "ListRecords", "metadataPrefix": "arXiv"} | state)


class _Record(Struct, frozen=True):
    edition: Edition
    datestamp: date


def oai_answer(papers: Iterable[SamplePaper], arguments: Mapping[str, str], day: date, page_size: int) -> Answer:
    """What ``/oai`` says on ``day``: each record once, in its newest version, under its last datestamp."""
    pages = _SINGLE
    try:
        content, pages = _content(_records_on(papers, day), arguments, page_size)
        request = element("request", _BASE, **arguments)
    except _OaiError as problem:
        content = element("error", str(problem), code=problem.code)
        request = element("request", _BASE)
    return Answer(_envelope(request, content, day).encode(), OAI_XML, pages=pages)


def _content(records: Sequence[_Record], arguments: Mapping[str, str], page_size: int) -> tuple[str, frozenset[Page]]:
    verb = arguments.get("verb")
    if verb == "ListRecords":
        return _list_records(records, arguments, page_size)
    if verb == "GetRecord":
        return _get_record(records, arguments), _SINGLE
    if verb == "Identify":
        return _identify(records), _SINGLE
    raise _OaiError("badVerb", "Verb is missing, or is not one that is answered here")


def set_spec(category: str) -> str:
    """``cs.CL`` is ``cs:cs:CL``; of the undivided archives, ``hep-th`` is ``physics:hep-th``."""
    archive, _, subject = category.partition(".")
    group = archive if re.fullmatch(_GROUPS, archive) else "physics"
    return f"{group}:{archive}:{subject}" if subject else f"{group}:{archive}"


def category_of(arguments: Mapping[str, str]) -> str | None:
    """The category a list request (or its resumption token) is about."""
    token = dict(parse_qsl(arguments.get("resumptionToken", "")))
    named = (arguments.get("set") or token.get("set", "")).split(":", 1)
    return named[1].replace(":", ".") if len(named) == 2 else None


def _records_on(papers: Iterable[SamplePaper], day: date) -> list[_Record]:
    records = []
    for paper in papers:
        version = paper.version_on(day)
        if version is not None:
            records.append(_Record(paper.edition(version), paper.datestamp_on(day)))
    return sorted(records, key=lambda each: (each.datestamp, each.edition.paper.arxiv_id))


def _identify(records: Sequence[_Record]) -> str:
    earliest = records[0].datestamp.isoformat() if records else "2005-09-16"
    parts = [
        element("repositoryName", "arXiv"),
        element("baseURL", _BASE),
        element("protocolVersion", "2.0"),
        element("adminEmail", "help@arxiv.org"),
        element("earliestDatestamp", earliest),
        element("deletedRecord", "persistent"),
        element("granularity", "YYYY-MM-DD"),
    ]
    return f"<Identify>{''.join(parts)}</Identify>"


def _get_record(records: Sequence[_Record], arguments: Mapping[str, str]) -> str:
    if set(arguments) != {"verb", "identifier", "metadataPrefix"}:
        raise _OaiError("badArgument", "GetRecord takes identifier and metadataPrefix")
    _check_prefix(arguments)
    for record in records:
        if arguments["identifier"] == f"oai:arXiv.org:{record.edition.paper.arxiv_id}":
            return f"<GetRecord>{_record(record)}</GetRecord>"
    raise _OaiError("idDoesNotExist", "Nothing matches this identifier")


def _check_prefix(arguments: Mapping[str, str]) -> None:
    if arguments.get("metadataPrefix") != "arXiv":
        raise _OaiError("cannotDisseminateFormat", "Only metadataPrefix=arXiv is answered here")


def _list_records(
    records: Sequence[_Record], arguments: Mapping[str, str], page_size: int
) -> tuple[str, frozenset[Page]]:
    selection = _selection(arguments)
    found = [record for record in records if _selected(record, selection)]
    if not found:
        raise _OaiError("noRecordsMatch", "No records match these arguments")
    upto = selection.skip + page_size
    ends = upto >= len(found)
    parts = [_record(record) for record in found[selection.skip : upto]]
    if not ends:
        parts.append(element("resumptionToken", selection.token(upto)))
    elif selection.skip:
        parts.append(element("resumptionToken"))
    return f"<ListRecords>{''.join(parts)}</ListRecords>", pages_of(begins=selection.skip == 0, ends=ends)


def _selection(arguments: Mapping[str, str]) -> _Selection:
    if not set(arguments) <= _LIST_ARGUMENTS:
        raise _OaiError("badArgument", "The request has an argument that is not allowed")
    if "resumptionToken" in arguments:
        return _resumed(arguments)
    if "metadataPrefix" not in arguments:
        raise _OaiError("badArgument", "metadataPrefix is required")
    _check_prefix(arguments)
    since, until = arguments.get("from", ""), arguments.get("until", "")
    if not all(_is_day(each) for each in (since, until) if each) or (until and since > until):
        raise _OaiError("badArgument", "from and until are days, YYYY-MM-DD, and from is not the later one")
    if arguments.get("set") and not _SET.fullmatch(arguments["set"]):
        raise _OaiError("badArgument", "The set does not exist")
    return _Selection(since, until, arguments.get("set", ""))


def _resumed(arguments: Mapping[str, str]) -> _Selection:
    if set(arguments) != {"verb", "resumptionToken"}:
        raise _OaiError("badArgument", "resumptionToken excludes every other argument")
    state = dict(parse_qsl(arguments["resumptionToken"], keep_blank_values=True))
    if set(state) != {"verb", "metadataPrefix", "from", "until", "set", "skip"} or not state["skip"].isdigit():
        raise _OaiError("badResumptionToken", "The token is not known or has expired")
    return _Selection(state["from"], state["until"], state["set"], int(state["skip"]))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _selected(record: _Record, selection: _Selection) -> bool:
    stamp = record.datestamp.isoformat()
    if stamp < selection.since or (selection.until and stamp > selection.until):
        return False
    asked = selection.set_spec
    specs = [set_spec(each) for each in record.edition.paper.categories]
    return not asked or any(spec == asked or spec.startswith(f"{asked}:") for spec in specs)


def _envelope(request: str, content: str, day: date) -> str:
    answered_at = datetime.combine(day, time(4, 19, 47), UTC)
    return "\n".join(
        [
            f'{DECLARATION}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="{_SCHEMA}"'
            ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
            ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">',
            element("responseDate", instant(answered_at)),
            request,
            content,
            "</OAI-PMH>\n",
        ]
    )


def _record(record: _Record) -> str:
    paper = record.edition.paper
    header = [
        element("identifier", f"oai:arXiv.org:{paper.arxiv_id}"),
        element("datestamp", record.datestamp.isoformat()),
        *(element("setSpec", set_spec(each)) for each in paper.categories),
    ]
    metadata = f'<arXiv xmlns="http://arxiv.org/OAI/arXiv/">{_metadata(record.edition)}</arXiv>'
    return f"<record><header>{''.join(header)}</header>\n<metadata>{metadata}</metadata></record>\n"


def _metadata(edition: Edition) -> str:
    """The record's fields: no version number, no affiliation, and ``updated`` only from version 2."""
    paper = edition.paper
    updated = edition.updated.date().isoformat() if edition.version > 1 else None
    return "".join(
        [
            element("id", paper.arxiv_id),
            element("created", paper.published.date().isoformat()),
            *optional("updated", updated),
            f"<authors>{''.join(_author(each) for each in paper.authors)}</authors>",
            element("title", _wrapped(edition.title)),
            element("categories", " ".join(paper.categories)),
            *optional("comments", edition.comment),
            *optional("journal-ref", paper.journal_ref),
            *optional("doi", paper.doi),
            element("license", _LICENCE),
            element("abstract", f"  {_wrapped(paper.abstract)}\n"),
        ]
    )


def _wrapped(text: str) -> str:
    """Long text runs over lines in these records."""
    return textwrap.fill(text, 80, break_long_words=False, break_on_hyphens=False)


def _author(author: str) -> str:
    forenames, _, keyname = split_affiliation(author)[0].rpartition(" ")
    parts = [element("keyname", keyname), *optional("forenames", forenames or None)]
    return f"<author>{''.join(parts)}</author>"
