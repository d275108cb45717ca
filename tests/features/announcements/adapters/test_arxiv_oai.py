"""OAI-PMH: the whole list of changes or an error, never a part of the list."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from notebot.core.model.category import CATEGORIES
from notebot.core.model.errors import BadAnswerError, RefusedError, ServiceError
from notebot.core.model.oai_record import OaiRecord
from notebot.core.net.client import Http
from notebot.core.net.pace import Pace
from notebot.demo.sample_arxiv import Announcement, SamplePaper
from notebot.demo.sample_arxiv.oai import set_spec
from notebot.features.announcements.adapters.arxiv_oai import ArxivOai, parse_page, set_of
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv
from servers.loopback import Handler, Loopback, answer

MONDAY, TUESDAY, WEDNESDAY = date(2026, 5, 11), date(2026, 5, 12), date(2026, 5, 13)
SAMPLE = OaiRecord(
    arxiv_id="2605.90001",
    datestamp=MONDAY,
    title="A Title with $x < y$ & more",
    authors=("Ada Lovelace", "Bob Bates Jr"),
    abstract="We show things.",
    categories=("cs.CL", "cs.LG"),
    created=date(2026, 5, 8),
    updated=date(2026, 5, 10),
    comment="Accepted at X",
    journal_ref="J 1",
    doi="10.1/x",
)
AUTHORS = (
    "<author><keyname>Lovelace</keyname><forenames>Ada</forenames></author>"
    "<author><keyname>Bates</keyname><forenames> Bob </forenames><suffix>Jr</suffix></author>"
)
Ask = Callable[..., list[OaiRecord]]


def field(name: str, text: object) -> str:
    return "" if text is None else f"<{name}>{escape(str(text))}</{name}>"


def record(source: OaiRecord, authors: str = AUTHORS) -> str:
    return f"""<record><header>
      <identifier>oai:arXiv.org:{source.arxiv_id}</identifier>{field("datestamp", source.datestamp)}
      <setSpec>cs:cs:CL</setSpec></header>
    <metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{source.arxiv_id}</id>
      {field("created", source.created)}{field("updated", source.updated)}<authors>{authors}</authors>
      {field("title", source.title)}{field("categories", " ".join(source.categories))}
      {field("comments", source.comment)}{field("journal-ref", source.journal_ref)}{field("doi", source.doi)}
      {field("abstract", source.abstract)}</arXiv></metadata></record>"""


def deleted(source: OaiRecord) -> str:
    return f"""<record><header status="deleted"><identifier>oai:arXiv.org:{source.arxiv_id}</identifier>
      {field("datestamp", source.datestamp)}</header></record>"""


def envelope(content: str, request: str = '<request verb="ListRecords" set="cs:cs:CL">x</request>') -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-05-13T04:00:00Z</responseDate>
  {request}{content}</OAI-PMH>""".encode()


def page(*records: str, token: str = "") -> bytes:
    tail = f"<resumptionToken expires='2026-05-14T00:00:00Z'>{escape(token)}</resumptionToken>" if token else ""
    return envelope(f"<ListRecords>{''.join(records)}{tail}</ListRecords>")


def error(code: str, words: str = "some words") -> bytes:
    return envelope(f'<error code="{code}">{words}</error>', "<request>x</request>")


def numbered(*numbers: int) -> list[OaiRecord]:
    return [replace(SAMPLE, arxiv_id=f"2605.{90000 + number}") for number in numbers]


def sends(body: bytes) -> Handler:
    return answer(body, kind="text/xml; charset=utf-8")


@pytest.fixture
def arxiv() -> Iterator[FaultyArxiv]:
    with FaultyArxiv() as server:
        server.day = WEDNESDAY
        yield server


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def changed(
        url: str,
        category: str = "cs.CL",
        since: date = MONDAY,
        retry_s: float = 0.0,
        timeout_s: float = 5.0,
        max_pages: int = 1000,
    ) -> list[OaiRecord]:
        stop = threading.Event()
        http = Http("notebot/9 (+mailto:curator@example.org)", timeout_s, retry_s, stop)
        pace = Pace(tmp_path / "arxiv.lock", 0.0, False, stop)
        return ArxivOai(http, url, pace, max_pages=max_pages).changed_since(category, since)

    return changed


def arguments(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def expected(arxiv: FaultyArxiv, category: str, since: date) -> set[tuple[str, date]]:
    return {
        (paper.arxiv_id, paper.datestamp_on(arxiv.day))
        for paper in arxiv.papers
        if paper.version_on(arxiv.day) is not None
        and category in paper.categories
        and paper.datestamp_on(arxiv.day) >= since
    }


def stamps(records: list[OaiRecord]) -> set[tuple[str, date]]:
    assert len({each.arxiv_id for each in records}) == len(records)
    return {(each.arxiv_id, each.datestamp) for each in records}


# ------------------------------------------------------------------ sets


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("math.NA", "math:math:NA"),
        ("stat.ML", "stat:stat:ML"),
        ("econ.GN", "econ:econ:GN"),
        ("eess.SY", "eess:eess:SY"),
        ("q-bio.NC", "q-bio:q-bio:NC"),
        ("q-fin.TR", "q-fin:q-fin:TR"),
        ("physics.optics", "physics:physics:optics"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("cond-mat.str-el", "physics:cond-mat:str-el"),
        ("nlin.CD", "physics:nlin:CD"),
        ("hep-th", "physics:hep-th"),
        ("math-ph", "physics:math-ph"),
        ("quant-ph", "physics:quant-ph"),
    ],
)
def test_a_category_is_a_set_of_its_group(category: str, name: str) -> None:
    assert set_of(category) == name


def test_the_sample_server_uses_the_same_set_names() -> None:
    assert {set_of(name) for name in CATEGORIES} == {set_spec(name) for name in CATEGORIES}


# ------------------------------------------------------------------ lists


def test_the_first_request_has_format_set_and_from_but_no_until(arxiv: FaultyArxiv, ask: Ask) -> None:
    ask(arxiv.oai_url, "hep-th", TUESDAY)
    [asked] = arxiv.log
    assert arguments(f"?{asked.query}") == {
        "verb": "ListRecords",
        "metadataPrefix": "arXiv",
        "set": "physics:hep-th",
        "from": "2026-05-12",
    }


@pytest.mark.parametrize("size", [1, 4, 2000])
@pytest.mark.parametrize("category", ["cs.CL", "hep-th", "math.NA"])
def test_a_list_is_the_same_in_pages_of_any_size(arxiv: FaultyArxiv, ask: Ask, category: str, size: int) -> None:
    arxiv.oai_page_size = size
    whole = expected(arxiv, category, MONDAY)
    assert stamps(ask(arxiv.oai_url, category)) == whole
    assert len(arxiv.log) == -(-len(whole) // size)


def test_only_records_changed_since_the_day_are_listed(arxiv: FaultyArxiv, ask: Ask) -> None:
    late = ask(arxiv.oai_url, since=WEDNESDAY)
    assert stamps(late) == expected(arxiv, "cs.CL", WEDNESDAY) != set()
    assert len(late) < len(ask(arxiv.oai_url))


def test_no_changes_are_an_empty_list(arxiv: FaultyArxiv, ask: Ask) -> None:
    assert ask(arxiv.oai_url, since=date(2026, 5, 14)) == []


def test_a_record_of_the_sample_server_is_parsed(arxiv: FaultyArxiv, ask: Ask) -> None:
    source = {each.arxiv_id: each for each in ask(arxiv.oai_url, "hep-th")}["hep-th/9901901"]
    [paper] = [each for each in arxiv.papers if each.arxiv_id == source.arxiv_id]
    assert (source.title, source.abstract, source.categories) == (
        paper.title,
        paper.abstract,
        paper.categories,
    )
    assert (source.created, source.updated) == (date(1999, 1, 11), date(2026, 5, 10))
    assert (source.authors[0], source.doi) == ("P. J. Wetherby", paper.doi)


def test_a_list_by_a_category_s_alias_contains_papers_under_either_name(ask: Ask) -> None:
    paper = SamplePaper(
        arxiv_id="2605.90001",
        title="Sums",
        authors=("Ada Lovelace",),
        abstract="We add.",
        categories=("cs.NA", "math.NA"),
        published=datetime(2026, 5, 8, 12, 0, tzinfo=UTC),
        announced=(Announcement(MONDAY, 1, "new"),),
    )
    with FaultyArxiv([paper]) as arxiv:
        assert [each.arxiv_id for each in ask(arxiv.oai_url, "math.NA")] == [paper.arxiv_id]


def test_a_token_is_sent_back_unchanged_and_alone(ask: Ask) -> None:
    token = "verb%3DListRecords%26skip=2&set=a b+ü/<é>"
    one, two = numbered(1, 2)
    with Loopback([sends(page(record(one), token=token)), sends(page(record(two)))]) as server:
        assert ask(server.url) == [one, two]
    assert arguments(server.asked[1].path) == {"verb": "ListRecords", "resumptionToken": token}


def test_papers_of_other_categories_are_left_out(ask: Ask) -> None:
    source = [
        replace(each, categories=names)
        for each, names in zip(
            numbered(1, 2, 3), [("math.OC", "cs.SY"), ("cs.CL",), ("eess.SP", "eess.SY")], strict=True
        )
    ]
    body = page(*map(record, source)).replace(b' set="cs:cs:CL"', b"")
    with Loopback([sends(body)]) as server:
        assert ask(server.url, "eess.SY") == [source[0], source[2]]


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (record(SAMPLE), record(replace(SAMPLE, datestamp=TUESDAY, title="Later")), ["Later"]),
        (record(replace(SAMPLE, datestamp=TUESDAY, title="Later")), record(SAMPLE), ["Later"]),
        (record(SAMPLE), record(replace(SAMPLE, title="Again")), ["Again"]),
        (record(SAMPLE), deleted(replace(SAMPLE, datestamp=TUESDAY)), []),
        (deleted(SAMPLE), record(replace(SAMPLE, datestamp=TUESDAY, title="Later")), ["Later"]),
        (record(SAMPLE), record(replace(SAMPLE, datestamp=TUESDAY, categories=("cs.LG",))), []),
    ],
)
def test_the_later_copy_of_a_repeated_record_counts(ask: Ask, first: str, second: str, left: list[str]) -> None:
    with Loopback([sends(page(first, token="2")), sends(page(second))]) as server:
        assert [each.title for each in ask(server.url)] == left


# ------------------------------------------------------------------ restarts and refusals


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_an_expired_token_starts_the_list_again(arxiv: FaultyArxiv, ask: Ask, place: Any) -> None:
    arxiv.oai_page_size = 3
    arxiv.set_faults(Fault("oai", FaultKind.BAD_TOKEN, nth=place, times=2))
    assert stamps(ask(arxiv.oai_url)) == expected(arxiv, "cs.CL", MONDAY)
    assert sum("set=" in each.query.partition("resumptionToken")[0] for each in arxiv.log) == 3


def test_a_list_whose_tokens_always_expire_is_an_error(arxiv: FaultyArxiv, ask: Ask) -> None:
    arxiv.oai_page_size = 3
    arxiv.set_faults(Fault("oai", FaultKind.BAD_TOKEN, nth="middle", times=None))
    with pytest.raises(BadAnswerError, match="broke off 3 times"):
        ask(arxiv.oai_url, retry_s=20.0)
    assert len(arxiv.log) == 6


def test_a_protocol_error_is_reported_in_the_server_s_words_and_not_retried(ask: Ask) -> None:
    with Loopback([sends(error("badArgument", f"The set\n does not exist{'!' * 9000}"))]) as server:
        with pytest.raises(BadAnswerError, match="badArgument: The set does not exist!") as caught:
            ask(server.url, retry_s=20.0)
        assert len(server.asked) == 1
    assert len(str(caught.value)) < 500


def test_an_error_next_to_an_empty_result_is_an_error(ask: Ask) -> None:
    both = envelope('<error code="noRecordsMatch"/><error code="badArgument">no such set</error>')
    with Loopback([sends(both)]) as server, pytest.raises(BadAnswerError, match="no such set"):
        ask(server.url)


# ------------------------------------------------------------------ faults

BROKEN = [
    FaultKind.TOO_MANY_REQUESTS,
    FaultKind.UNAVAILABLE,
    FaultKind.SERVER_ERROR,
    FaultKind.NOT_ACCEPTABLE,
    FaultKind.FORBIDDEN,
    FaultKind.RATE_EXCEEDED,
    FaultKind.EMPTY_BODY,
    FaultKind.EMPTY_PAGE,
    FaultKind.TRUNCATED,
    FaultKind.BOT_WALL,
    FaultKind.WRONG_TYPE,
    FaultKind.ENTITY_BOMB,
    FaultKind.DROPPED_BEFORE_HEADERS,
    FaultKind.DROPPED_MID_BODY,
]


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("kind", BROKEN)
def test_a_fault_on_any_page_is_an_error_and_never_a_partial_list(
    arxiv: FaultyArxiv, ask: Ask, kind: FaultKind, place: Any
) -> None:
    arxiv.oai_page_size = 3
    arxiv.set_faults(Fault("oai", kind, nth=place))
    with pytest.raises(ServiceError) as caught:
        ask(arxiv.oai_url)
    assert str(caught.value).startswith("arXiv's list of changes in cs.CL ")
    assert isinstance(caught.value, RefusedError) == (kind is FaultKind.FORBIDDEN)
    assert stamps(ask(arxiv.oai_url)) == expected(arxiv, "cs.CL", MONDAY)


@pytest.mark.parametrize("place", ["middle", "last"])
def test_an_empty_result_for_a_token_is_an_error(arxiv: FaultyArxiv, ask: Ask, place: Any) -> None:
    arxiv.oai_page_size = 3
    arxiv.set_faults(Fault("oai", FaultKind.NOTHING_FOUND, nth=place))
    with pytest.raises(BadAnswerError, match="one more page was promised"):
        ask(arxiv.oai_url)


@pytest.mark.parametrize("kind", [FaultKind.EMPTY_PAGE, FaultKind.NOTHING_FOUND])
def test_a_page_that_is_complete_at_the_second_request_is_used(arxiv: FaultyArxiv, ask: Ask, kind: FaultKind) -> None:
    arxiv.oai_page_size = 3
    arxiv.set_faults(Fault("oai", kind, nth="middle"))
    assert stamps(ask(arxiv.oai_url, retry_s=20.0)) == expected(arxiv, "cs.CL", MONDAY)


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_server_that_stops_answering_is_an_error(arxiv: FaultyArxiv, ask: Ask, place: Any) -> None:
    arxiv.oai_page_size = 3
    arxiv.set_faults(Fault("oai", FaultKind.HANG, nth=place))
    with pytest.raises(ServiceError, match="stopped responding"):
        ask(arxiv.oai_url, timeout_s=0.1)


def test_a_redirect_is_followed(arxiv: FaultyArxiv, ask: Ask) -> None:
    arxiv.oai_page_size = 3
    arxiv.set_faults(Fault("oai", FaultKind.REDIRECT, nth="middle"))
    assert stamps(ask(arxiv.oai_url)) == expected(arxiv, "cs.CL", MONDAY)


def test_a_page_may_have_at_most_64_megabytes(arxiv: FaultyArxiv, ask: Ask) -> None:
    arxiv.set_faults(Fault("oai", FaultKind.HUGE))
    with pytest.raises(BadAnswerError, match="more than 67108864 bytes"):
        ask(arxiv.oai_url)


def test_a_list_that_repeats_a_token_is_an_error(ask: Ask) -> None:
    pages = [sends(page(record(each), token=token)) for each, token in zip(numbered(1, 2, 3), "aba", strict=True)]
    with Loopback(pages) as server:
        with pytest.raises(BadAnswerError, match="same resumption token"):
            ask(server.url)
        assert len(server.asked) == 3


def test_a_list_without_end_is_an_error(ask: Ask) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        token = arguments(request.path).get("resumptionToken", "")
        sends(page(record(SAMPLE), token=f"{token}x"))(request)

    with Loopback([endless]) as server:
        with pytest.raises(BadAnswerError, match="no end after 4 pages"):
            ask(server.url, max_pages=4)
        assert len(server.asked) == 4


# ------------------------------------------------------------------ one page


def why_refused(body: bytes) -> str:
    with pytest.raises(BadAnswerError) as caught:
        parse_page(body, "cs.CL", [])
    sentence = str(caught.value)
    assert sentence.startswith("arXiv's list of changes in cs.CL ")
    return sentence


def read(*records: str) -> list[OaiRecord | None]:
    return [each.record for each in parse_page(page(*records), "cs.CL", []).records]


def test_all_fields_of_a_record_are_parsed() -> None:
    assert read(record(SAMPLE)) == [SAMPLE]


def test_a_record_needs_only_id_days_title_and_categories() -> None:
    bare = replace(SAMPLE, authors=(), abstract="", updated=None, comment=None, journal_ref=None, doi=None)
    assert read(record(bare, authors="")) == [bare]


def test_white_space_is_collapsed_and_markup_left_out() -> None:
    body = page(record(SAMPLE)).replace(b"A Title", b"\n  A\n <b>Ti</b>tle ").replace(b"We show", b"  We\n  show")
    [source] = parse_page(body, "cs.CL", []).records
    assert source.record == SAMPLE


def test_an_old_id_loses_its_class() -> None:
    source = replace(SAMPLE, arxiv_id="math.GT/0309136")
    assert read(record(source)) == [replace(SAMPLE, arxiv_id="math/0309136")]


def test_authors_without_a_letter_are_left_out() -> None:
    names = "".join(f"<author><keyname>{name}</keyname></author>" for name in ("Kumo Team", ":", "", "王"))
    assert read(record(replace(SAMPLE, authors=("Kumo Team", "王")), authors=names)) == [
        replace(SAMPLE, authors=("Kumo Team", "王"))
    ]


def test_a_deleted_record_is_a_record_without_content() -> None:
    assert read(deleted(SAMPLE)) == [None]


@pytest.mark.parametrize("cut", [20, 100, 300, 700, -8, -1])
def test_a_truncated_page_is_refused(cut: int) -> None:
    assert "truncated or not well-formed" in why_refused(page(record(SAMPLE), record(SAMPLE))[:cut])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html></html>", "HTML page"),
        (b"busy", "not well-formed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "not OAI-PMH"),
        (b"<OAI-PMH><ListRecords/></OAI-PMH>", "not OAI-PMH"),
        (b'<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "aa">]>' + page().split(b"?>")[1], "entities"),
        (envelope("<Identify/>"), "not an answer to ListRecords"),
        (envelope(f"<GetRecord>{record(SAMPLE)}</GetRecord>"), "not an answer to ListRecords"),
        (envelope("<ListIdentifiers/>"), "not an answer to ListRecords"),
        (page(), "a page without records"),
        (page(token="more"), "a page without records"),
        (page(record(SAMPLE)).replace(b"cs:cs:CL", b"cs:cs:LG"), "about the set 'cs:cs:LG'"),
        (
            page(record(SAMPLE)).replace(b"<ListRecords>", b'<error code="noRecordsMatch"/><ListRecords>'),
            "yet has some",
        ),
    ],
)
def test_anything_but_a_page_of_the_list_is_refused(body: bytes, reason: str) -> None:
    assert reason in why_refused(body)


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        ("<identifier>oai:arXiv.org:2605.90001</identifier>", "", "not a paper's: ''"),
        ("oai:arXiv.org:2605.90001", "oai:arXiv.org:2605.90001v2", "not a paper's: 'oai:arXiv.org:2605.90001v2'"),
        ("oai:arXiv.org:2605.90001", "oai:example.org:1", "not a paper's: 'oai:example.org:1'"),
        ("<datestamp>2026-05-11</datestamp>", "", "no datestamp day for 2605.90001, but ''"),
        ("2026-05-11", "20260511", "no datestamp day for 2605.90001, but '20260511'"),
        ("2026-05-11", "2026-05-11T00:00:00Z", "no datestamp day for 2605.90001"),
        ("2026-05-11", "2026-02-30", "no datestamp day for 2605.90001"),
        ("2026-05-08", "2026-W19-5", "no created day for 2605.90001, but '2026-W19-5'"),
        ("<created>2026-05-08</created>", "", "no created day for 2605.90001"),
        ("2026-05-10", "yesterday", "no updated day for 2605.90001"),
        ("A Title with $x &lt; y$ &amp; more", " ", "no title for 2605.90001"),
        ("<categories>cs.CL cs.LG</categories>", "", "no categories for 2605.90001"),
        ("http://arxiv.org/OAI/arXiv/", "http://arxiv.org/OAI/arXivRaw/", "no title for 2605.90001"),
        ("<header>", "<head>", "not well-formed"),
        ("header>", "head>", "not a paper's"),
    ],
)
def test_a_record_without_a_required_field_is_named(was: str, becomes: str, reason: str) -> None:
    whole = page(record(SAMPLE)).decode()
    assert was in whole
    assert reason in why_refused(whole.replace(was, becomes).encode())


def test_a_deleted_record_needs_its_day() -> None:
    assert "no datestamp day" in why_refused(page(deleted(SAMPLE)).replace(b"2026-05-11", b""))


text = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), min_size=1)
words = text.map(str.split).map(" ".join).filter(bool)
maybe = st.none() | words
records = st.builds(
    OaiRecord,
    arxiv_id=st.from_regex(r"[0-9]{4}\.[0-9]{4,5}|[a-z-]{1,9}/[0-9]{7}", fullmatch=True),
    datestamp=st.dates(),
    title=words,
    authors=st.just(SAMPLE.authors),
    abstract=words,
    categories=st.lists(st.sampled_from(["cs.CL", "math-ph", "cs.LG"]), min_size=1).map(tuple),
    created=st.dates(),
    updated=st.none() | st.dates(),
    comment=maybe,
    journal_ref=maybe,
    doi=maybe,
)


@given(st.lists(records, min_size=1, max_size=3))
def test_written_entries_round_trip(written: list[OaiRecord]) -> None:
    assert read(*map(record, written)) == written


def test_a_control_character_costs_one_blank_of_its_record_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    bad = record(replace(SAMPLE, comment="5 pages MARK")).replace("MARK", "\x0b&nbsp;&foo; R&D &#11;.")
    assert read(bad, record(replace(SAMPLE, arxiv_id="2605.00002"))) == [
        replace(SAMPLE, comment="5 pages &foo; R&D ."),
        replace(SAMPLE, arxiv_id="2605.00002"),
    ]
    assert f"they are left out of the comments of {SAMPLE.arxiv_id}" in caplog.text
