"""OAI-PMH 2.0 with ``metadataPrefix=arXiv``: Identify, ListRecords, GetRecord."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from notebot.core.text.patterns import regex
from notebot.demo.sample_arxiv.answer import OAI_XML, SampleAnswer
from notebot.demo.sample_arxiv.markup import DECLARATION, element, instant, optional, split_affiliation
from notebot.demo.sample_arxiv.papers import Edition, SamplePaper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_BASE = "http://oaipmh.arxiv.org/oai"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_LIST_ARGUMENTS = {"verb", "metadataPrefix", "from", "until", "set", "resumptionToken"}
_GROUPS = "cs|econ|eess|math|physics|q-bio|q-fin|stat"
_SET = regex(rf"({_GROUPS})(:[a-z]+(-[a-z]+)*(:[A-Za-z-]+)?)?")
_LICENCE = "http://creativecommons.org/licenses/by/4.0/"


class _OaiError(Exception):
    """A protocol error, which OAI-PMH sends with HTTP 200 in an ``error`` element."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class _Selection(Struct, frozen=True):
    """The arguments of a list request; empty text is an argument that is absent."""

    since: str
    until: str
    set_spec: str
    skip: int = 0

    def token(self, skip: int) -> str:
        """A resumption token: the same arguments, and how many records to skip."""
        state = {"from": self.since, "until": self.until, "set": self.set_spec, "skip": str(skip)}
        return urlencode({"verb": "ListRecords", "metadataPrefix": "arXiv"} | state)

    def covers(self, record: _SampleRecord) -> bool:
        """True if the record is in the set and changed within the days asked for."""
        datestamp = record.datestamp.isoformat()
        if datestamp < self.since or (self.until and datestamp > self.until):
            return False
        specs = [set_spec(category) for category in record.edition.paper.categories]
        return not self.set_spec or any(spec == self.set_spec or spec.startswith(f"{self.set_spec}:") for spec in specs)


class _SampleRecord(Struct, frozen=True):
    edition: Edition
    datestamp: date


def oai_answer(papers: Iterable[SamplePaper], arguments: Mapping[str, str], day: date, page_size: int) -> SampleAnswer:
    """The answer of ``/oai`` on ``day``: each record once, in its newest version, with its last datestamp."""
    records = []
    for paper in papers:
        version = paper.version_on(day)
        if version is not None:
            records.append(_SampleRecord(paper.edition(version), paper.datestamp_on(day)))
    records.sort(key=lambda record: (record.datestamp, record.edition.paper.arxiv_id))
    try:
        content = _content(records, arguments, page_size)
        request = element("request", _BASE, **arguments)
    except _OaiError as problem:
        content = element("error", str(problem), code=problem.code)
        request = element("request", _BASE)
    lines = [
        f'{DECLARATION}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="{_SCHEMA}"'
        ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
        ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">',
        element("responseDate", instant(datetime.combine(day, time(4, 19, 47), UTC))),
        request,
        content,
        "</OAI-PMH>\n",
    ]
    return SampleAnswer("\n".join(lines).encode(), OAI_XML)


def set_spec(category: str) -> str:
    """The set of a category: ``cs:cs:CL`` for ``cs.CL``, ``physics:hep-th`` for the undivided ``hep-th``."""
    archive, _, subject = category.partition(".")
    group = archive if re.fullmatch(_GROUPS, archive) else "physics"
    return f"{group}:{archive}:{subject}" if subject else f"{group}:{archive}"


def _content(records: Sequence[_SampleRecord], arguments: Mapping[str, str], page_size: int) -> str:
    verb = arguments.get("verb")
    if verb == "ListRecords":
        return _list_records(records, arguments, page_size)
    if verb == "GetRecord":
        if set(arguments) != {"verb", "identifier", "metadataPrefix"}:
            raise _OaiError("badArgument", "GetRecord takes identifier and metadataPrefix")
        _check_prefix(arguments)
        for record in records:
            if arguments["identifier"] == f"oai:arXiv.org:{record.edition.paper.arxiv_id}":
                return f"<GetRecord>{_record(record)}</GetRecord>"
        raise _OaiError("idDoesNotExist", "Nothing matches this identifier")
    if verb != "Identify":
        raise _OaiError("badVerb", "Verb is missing, or is not one that is answered here")
    parts = [
        element("repositoryName", "arXiv"),
        element("baseURL", _BASE),
        element("protocolVersion", "2.0"),
        element("adminEmail", "help@arxiv.org"),
        element("earliestDatestamp", records[0].datestamp.isoformat() if records else "2005-09-16"),
        element("deletedRecord", "persistent"),
        element("granularity", "YYYY-MM-DD"),
    ]
    return f"<Identify>{''.join(parts)}</Identify>"


def _check_prefix(arguments: Mapping[str, str]) -> None:
    if arguments.get("metadataPrefix") != "arXiv":
        raise _OaiError("cannotDisseminateFormat", "Only metadataPrefix=arXiv is answered here")


def _list_records(records: Sequence[_SampleRecord], arguments: Mapping[str, str], page_size: int) -> str:
    selection = _parse_selection(arguments)
    selected = [record for record in records if selection.covers(record)]
    if not selected:
        raise _OaiError("noRecordsMatch", "No records match these arguments")
    end = selection.skip + page_size
    parts = [_record(record) for record in selected[selection.skip : end]]
    if end < len(selected):
        parts.append(element("resumptionToken", selection.token(end)))
    elif selection.skip:
        # the protocol ends a list that came in pages with an empty token (OAI-PMH 2.0, 3.5)
        parts.append(element("resumptionToken"))
    return f"<ListRecords>{''.join(parts)}</ListRecords>"


def _parse_selection(arguments: Mapping[str, str]) -> _Selection:
    if not set(arguments) <= _LIST_ARGUMENTS:
        raise _OaiError("badArgument", "The request has an argument that is not allowed")
    if "resumptionToken" in arguments:
        if set(arguments) != {"verb", "resumptionToken"}:
            raise _OaiError("badArgument", "resumptionToken excludes every other argument")
        state = dict(parse_qsl(arguments["resumptionToken"], keep_blank_values=True))
        if set(state) != {"verb", "metadataPrefix", "from", "until", "set", "skip"} or not state["skip"].isdigit():
            raise _OaiError("badResumptionToken", "The token is not known or has expired")
        return _Selection(state["from"], state["until"], state["set"], int(state["skip"]))
    if "metadataPrefix" not in arguments:
        raise _OaiError("badArgument", "metadataPrefix is required")
    _check_prefix(arguments)
    # the granularity is a day, and both ends are included (OAI-PMH 2.0, 2.7.1)
    since, until = arguments.get("from", ""), arguments.get("until", "")
    try:
        are_days = all(date.fromisoformat(text).isoformat() == text for text in (since, until) if text)
    except ValueError:
        are_days = False
    if not are_days or (until and since > until):
        raise _OaiError("badArgument", "from and until are days, YYYY-MM-DD, and from is not the later one")
    if arguments.get("set") and not _SET.fullmatch(arguments["set"]):
        raise _OaiError("badArgument", "The set does not exist")
    return _Selection(since, until, arguments.get("set", ""))


def _record(record: _SampleRecord) -> str:
    """One record; it has no version number and no affiliation, and ``updated`` only from version 2 on."""
    edition = record.edition
    paper = edition.paper
    header = [
        element("identifier", f"oai:arXiv.org:{paper.arxiv_id}"),
        element("datestamp", record.datestamp.isoformat()),
        *(element("setSpec", set_spec(category)) for category in paper.categories),
    ]
    authors = []
    for author in paper.authors:
        forenames, _, keyname = split_affiliation(author)[0].rpartition(" ")
        names = [element("keyname", keyname), *optional("forenames", forenames or None)]
        authors.append(f"<author>{''.join(names)}</author>")
    fields = [
        element("id", paper.arxiv_id),
        element("created", paper.published.date().isoformat()),
        *optional("updated", edition.updated.date().isoformat() if edition.version > 1 else None),
        f"<authors>{''.join(authors)}</authors>",
        element("title", _wrapped(edition.title)),
        element("categories", " ".join(paper.categories)),
        *optional("comments", edition.comment),
        *optional("journal-ref", paper.journal_ref),
        *optional("doi", paper.doi),
        element("license", _LICENCE),
        element("abstract", f"  {_wrapped(paper.abstract)}\n"),
    ]
    metadata = f'<arXiv xmlns="http://arxiv.org/OAI/arXiv/">{"".join(fields)}</arXiv>'
    return f"<record><header>{''.join(header)}</header>\n<metadata>{metadata}</metadata></record>\n"


def _wrapped(text: str) -> str:
    """Wraps text at 80 characters, as arXiv's records do."""
    return textwrap.fill(text, 80, break_long_words=False, break_on_hyphens=False)
