import gzip
import json
import re
import threading
import urllib.error
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest

from notebot.core.model.entry import AnnounceType
from notebot.demo.sample_arxiv import Announcement, Revision, SampleArxiv, SamplePaper, default_papers
from paths import REAL_DATA
from servers.arxiv_client import (
    ARXIV,
    ATOM,
    GET,
    LIST,
    MONDAY,
    OAI,
    RECORD,
    SATURDAY,
    TUESDAY,
    WEDNESDAY,
    api,
    api_ids,
    ask,
    entries,
    error_code,
    feed,
    oai,
    oai_ids,
    text_of,
    total,
)

META = REAL_DATA / "arxiv/meta.jsonl.gz"


@pytest.fixture
def arxiv() -> Iterator[SampleArxiv]:
    with SampleArxiv() as server:
        yield server


# ------------------------------------------------------------------ papers


def test_the_bundled_papers_cover_three_batches_and_every_announce_type() -> None:
    papers = default_papers()
    days = {each.day for paper in papers for each in paper.announced if each.day >= MONDAY}
    assert len(papers) == 41
    assert days == {MONDAY, TUESDAY, WEDNESDAY}
    assert len({paper.arxiv_id for paper in papers}) == len(papers)


def test_every_bundled_abstract_has_the_length_of_a_real_one() -> None:
    assert all(60 <= len(paper.abstract.split()) <= 150 for paper in default_papers())


def test_new_ids_are_given_in_the_order_of_announcement() -> None:
    new = [p for p in default_papers() if p.announced[0].kind == "new" and p.announced[0].day >= MONDAY]
    assert sorted(new, key=lambda p: p.arxiv_id) == sorted(new, key=lambda p: (p.announced[0].day, p.arxiv_id))
    assert all(re.fullmatch(r"2605\.9\d{4}", paper.arxiv_id) for paper in new)


def test_the_bundled_papers_contain_the_difficult_cases() -> None:
    papers = {paper.arxiv_id: paper for paper in default_papers()}
    hostile = papers["2605.90008"].abstract
    assert papers["2605.90002"].authors[:2] == ("Kumo Team", ":")
    assert all(
        text in hostile for text in ("{{ 7*7 }}", "{% raw %}", "<script>", "@name", "#12", "`Fixes #3`", "```", "<!--")
    )
    assert "縦書き" in papers["2605.90010"].abstract
    assert r"$\alpha$" in papers["2605.90006"].title
    assert r"Erd\H{o}s" in papers["2605.90003"].title
    assert r"\%" in papers["2605.90001"].abstract
    assert papers["hep-th/9901901"].doi
    assert papers["2605.90005"].authors[0].endswith("Institute for Interactive Systems)")
    assert papers["2605.90102"].published.date() == date(2026, 4, 22)


def test_a_version_without_a_revision_is_dated_half_a_day_before_its_batch() -> None:
    born = datetime(2026, 4, 1, tzinfo=UTC)
    paper = SamplePaper("2604.90001", "T", (), "A", ("cs.CL",), born, (Announcement(MONDAY, 3, "replace"),))
    assert paper.edition(3).updated == datetime(2026, 5, 10, 16, tzinfo=UTC)
    assert paper.edition(2).updated == born
    assert paper.version_on(date(2026, 5, 10)) == 2


def test_the_withdrawal_comment_replaces_the_paper_s_own() -> None:
    born = datetime(2026, 4, 1, tzinfo=UTC)
    days = (Announcement(MONDAY, 1, "new"), Announcement(TUESDAY, 2, "replace"))
    revised = (Revision(2, born, title="Later"),)
    paper = SamplePaper(
        "2604.90001", "T", (), "A", ("cs.CL",), born, days, "8 pages", withdrawn=True, revisions=revised
    )
    assert (paper.edition(1).title, paper.edition(1).comment) == ("T", "8 pages")
    assert (paper.edition(2).title, paper.edition(2).comment) == (
        "Later",
        "This paper has been withdrawn by the author",
    )


# ------------------------------------------------------------------ feeds


def test_a_feed_holds_the_batch_of_the_day_with_replacements_first(arxiv: SampleArxiv) -> None:
    found = entries(arxiv, "cs.CL")
    assert found["2605.90001v1"] == "new"
    assert found["2604.91234v2"] == "replace"
    assert found["2605.90005v1"] == "cross"
    order = ["replace-cross", "replace", "cross", "new"]
    assert list(found.values()) == sorted(found.values(), key=lambda announce_type: order.index(str(announce_type)))
    assert not any(name.startswith("2605.901") for name in found)


def test_all_four_announce_types_and_an_old_style_id_occur(arxiv: SampleArxiv) -> None:
    seen = set(entries(arxiv, "math.NA").values())
    arxiv.day = TUESDAY
    assert entries(arxiv, "math.NA")["hep-th/9901901v4"] == "replace-cross"
    assert entries(arxiv, "hep-th")["hep-th/9901901v4"] == "replace"
    assert seen | set(entries(arxiv, "math.NA").values()) == set(AnnounceType)


def test_the_date_of_an_entry_is_midnight_eastern_with_the_offset_of_the_season(arxiv: SampleArxiv) -> None:
    winter = date(2026, 1, 12)
    arxiv.papers = (
        *arxiv.papers,
        SamplePaper(
            "2601.90001",
            "T",
            ("A B",),
            "X",
            ("cs.CL",),
            datetime(2026, 1, 8, tzinfo=UTC),
            (Announcement(winter, 1, "new"),),
        ),
    )
    assert b"<published>2026-05-11T00:00:00-04:00</published>" in feed(arxiv, "cs.CL")[2]
    assert b"<pubDate>Mon, 11 May 2026 00:00:00 -0400</pubDate>" in feed(arxiv, "cs.CL", "rss")[2]
    arxiv.day = winter
    assert b"<published>2026-01-12T00:00:00-05:00</published>" in feed(arxiv, "cs.CL")[2]


@pytest.mark.parametrize("style", ["atom", "rss"])
def test_feedparser_reads_the_feed_without_complaint(arxiv: SampleArxiv, style: str) -> None:
    _, headers, body = feed(arxiv, "cs.CL", style)
    parsed = feedparser.parse(body)
    assert not parsed.bozo
    assert headers["Content-Type"].startswith(f"application/{style}+xml")
    assert parsed.feed.title == "cs.CL updates on arXiv.org"
    assert len(parsed.entries) == len(entries(arxiv, "cs.CL"))
    assert {entry.arxiv_announce_type for entry in parsed.entries} == {"new", "cross", "replace"}


def test_atom_and_rss_contain_the_same_entries(arxiv: SampleArxiv) -> None:
    rss = ElementTree.fromstring(feed(arxiv, "cs.CL", "rss")[2])
    guids = [text_of(item, "guid").removeprefix("oai:arXiv.org:") for item in rss.iter("item")]
    assert guids == list(entries(arxiv, "cs.CL"))


def test_creators_share_one_element_with_affiliations_and_tex_accents(arxiv: SampleArxiv) -> None:
    body = feed(arxiv, "cs.AI")[2].decode()
    assert (
        "<dc:creator>Fan Zhou (Univ. of Northmere, Institute for Interactive Systems), Bob Bates Jr,"
        " No\\'emie Durand (Lac Research)</dc:creator>" in body
    )
    learning = feed(arxiv, "cs.LG")[2].decode()
    assert "Gerg\\H{o} Szalai, B\\'eatrice Lema\\^itre, Ivo Thorsen" in learning


def test_hostile_text_survives_the_xml_round_trip(arxiv: SampleArxiv) -> None:
    root = ElementTree.fromstring(feed(arxiv, "cs.CL")[2])
    summaries = [entry.findtext(f"{ATOM}summary") for entry in root.iter(f"{ATOM}entry")]
    paper = next(paper for paper in default_papers() if paper.arxiv_id == "2605.90008")
    assert f"arXiv:2605.90008v1 Announce Type: new \nAbstract: {paper.abstract}" in summaries


def test_the_feed_has_journal_reference_and_doi_but_no_comment(arxiv: SampleArxiv) -> None:
    arxiv.day = TUESDAY
    body = feed(arxiv, "hep-th", "rss")[2].decode()
    assert "<arxiv:DOI>10.99999/jipb.1999.14.231</arxiv:DOI>" in body
    assert "<arxiv:journal_reference>J. Invent. Phys. B 14" in body
    assert "comment" not in body


@pytest.mark.parametrize("style", ["atom", "rss"])
def test_the_feed_of_a_weekend_is_well_formed_and_empty(arxiv: SampleArxiv, style: str) -> None:
    arxiv.day = SATURDAY
    status, _, body = feed(arxiv, "cs.CL", style)
    parsed = feedparser.parse(body)
    assert (status, parsed.bozo, parsed.entries) == (200, False, [])
    assert parsed.feed.title == "cs.CL updates on arXiv.org"


def test_a_category_may_show_another_day_s_batch_or_another_date(arxiv: SampleArxiv) -> None:
    arxiv.day = TUESDAY
    arxiv.day_of["cs.CL"] = MONDAY
    assert "2605.90001v1" in entries(arxiv, "cs.CL")
    assert b"<published>2026-05-11T" in feed(arxiv, "cs.CL")[2]
    arxiv.date_shown_of["cs.CL"] = TUESDAY
    assert "2605.90001v1" in entries(arxiv, "cs.CL")
    assert b"<published>2026-05-12T00:00:00-04:00" in feed(arxiv, "cs.CL")[2]
    assert "2605.90103v1" in entries(arxiv, "cs.LG")


def test_joined_categories_and_whole_archives_contain_each_paper_once(arxiv: SampleArxiv) -> None:
    joined = entries(arxiv, "cs.CL+cs.LG")
    assert joined["2605.90003v1"] == "new"
    assert set(joined) == set(entries(arxiv, "cs.CL")) | set(entries(arxiv, "cs.LG"))
    assert set(joined) < set(entries(arxiv, "CS"))


def test_a_feed_above_its_limit_loses_new_entries(arxiv: SampleArxiv) -> None:
    whole = entries(arxiv, "cs.CL")
    arxiv.feed_limit = 3
    assert list(entries(arxiv, "cs.CL")) == list(whole)[:3]


def test_a_malformed_category_is_refused_with_a_feed(arxiv: SampleArxiv) -> None:
    status, _, body = feed(arxiv, "cs.%20")
    assert status == 400
    assert feedparser.parse(body).feed.title.startswith("Feed error for query")


def test_validators_lead_to_304_only_if_that_is_switched_on(arxiv: SampleArxiv) -> None:
    _, headers, _ = feed(arxiv, "cs.CL")
    url = f"{arxiv.base_url}/atom/cs.CL"
    assert ask(url, If_None_Match=headers["ETag"])[0] == 200
    arxiv.conditional = True
    assert ask(url, If_None_Match=headers["ETag"])[0] == 304
    assert ask(url, If_Modified_Since=headers["Last-Modified"])[::2] == (304, b"")
    arxiv.day = TUESDAY
    assert ask(url, If_None_Match=headers["ETag"], If_Modified_Since=headers["Last-Modified"])[0] == 200


# ------------------------------------------------------------------ query API


def test_the_api_gives_whole_papers_by_id(arxiv: SampleArxiv) -> None:
    status, root = api(arxiv, id_list="2605.90005,2605.90001", max_results=100)
    assert status == 200
    assert api_ids(root) == {"2605.90001v1", "2605.90005v1"}
    assert root.findtext(f"{ATOM}title") == (
        "arXiv Query: search_query=&id_list=2605.90005,2605.90001&start=0&max_results=100"
    )
    entry = next(each for each in root.iter(f"{ATOM}entry") if "90005" in each.findtext(f"{ATOM}id"))
    assert [a.findtext(f"{ATOM}name") for a in entry.iter(f"{ATOM}author")] == [
        "Fan Zhou",
        "Bob Bates Jr",
        "Noémie Durand",
    ]
    assert entry.findtext(f".//{ARXIV}affiliation") == "Univ. of Northmere, Institute for Interactive Systems"
    assert entry.findtext(f"{ARXIV}comment") == "Under review as a conference paper at COLM 2026"
    assert entry.find(f"{ARXIV}primary_category").get("term") == "cs.AI"
    assert entry.findtext(f"{ATOM}published") == "2026-05-08T04:50:17Z"


def test_a_version_is_given_when_it_is_asked_for(arxiv: SampleArxiv) -> None:
    arxiv.day = WEDNESDAY
    _, root = api(arxiv, id_list="2605.90001v1")
    assert api_ids(root) == {"2605.90001v1"}
    assert "Budgeted" in root.findtext(f"{ATOM}entry/{ATOM}title")
    _, root = api(arxiv, id_list="2605.90001")
    assert api_ids(root) == {"2605.90001v2"}
    assert "Step Budgets" in root.findtext(f"{ATOM}entry/{ATOM}title")


def test_papers_announced_later_do_not_exist_yet(arxiv: SampleArxiv) -> None:
    _, root = api(arxiv, id_list="2605.90101,2605.90001v2,2603.93456")
    assert api_ids(root) == {"2603.93456v1"}
    assert total(root) == 1


def test_the_third_day_announces_a_withdrawal(arxiv: SampleArxiv) -> None:
    arxiv.day = WEDNESDAY
    assert entries(arxiv, "cs.LG")["2605.90009v2"] == "replace"
    _, root = api(arxiv, id_list="2605.90009")
    assert root.findtext(f"{ATOM}entry/{ARXIV}comment") == "This paper has been withdrawn by the author"


@pytest.mark.parametrize("unknown", ["0000.0000", "arXiv:2605.90001", "https://arxiv.org/abs/2605.90001"])
def test_an_id_that_matches_nothing_is_silently_missing(arxiv: SampleArxiv, unknown: str) -> None:
    status, root = api(arxiv, id_list=unknown)
    assert (status, total(root), api_ids(root)) == (200, 0, set())


def test_one_malformed_id_fails_the_whole_batch(arxiv: SampleArxiv) -> None:
    status, root = api(arxiv, id_list="2605.90001,abc")
    entry = root.find(f"{ATOM}entry")
    assert (status, total(root)) == (400, 1)
    assert entry.findtext(f"{ATOM}id") == "https://arxiv.org/api/errors#incorrect_id_format_for_abc"
    assert entry.findtext(f"{ATOM}summary") == "incorrect id format for abc"
    assert entry.find(f"{ATOM}published") is None


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"start": "x"}, "start must be an integer"),
        ({"start": "-1"}, "start must be non-negative"),
        ({"max_results": "30001"}, "max_results must be less than or equal to 30000"),
        ({"sortBy": "title"}, "sortBy must be in: relevance, lastUpdatedDate, submittedDate"),
        ({"search_query": "ti:(x"}, "Invalid query string: 'ti:(x'"),
        ({"search_query": "ti:x )"}, "Invalid query string: 'ti:x )'"),
        ({"search_query": "ti:x AND )"}, "Invalid query string: 'ti:x AND )'"),
        ({"search_query": 'ti:"x'}, "Invalid query string: 'ti:\"x'"),
    ],
)
def test_malformed_parameters_are_refused(arxiv: SampleArxiv, parameters: Any, message: str) -> None:
    status, root = api(arxiv, **parameters)
    assert (status, root.findtext(f"{ATOM}entry/{ATOM}summary")) == (400, message)


def test_results_come_in_pages_of_ten_unless_asked_otherwise(arxiv: SampleArxiv) -> None:
    arxiv.day = WEDNESDAY
    _, first = api(arxiv, search_query="cat:cs.*")
    _, second = api(arxiv, search_query="cat:cs.*", start=10, max_results=5)
    assert len(api_ids(first)) == 10
    assert len(api_ids(second)) == 5
    assert not api_ids(first) & api_ids(second)
    assert total(first) == total(second) > 15


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('abs:"mathematical reasoning"', {"2605.90001v2"}),
        ("ti:math*", {"2605.90001v2", "2605.90201v1"}),
        ("cat:math.NA AND ti:alpha", {"2605.90006v1"}),
        ("(au:Szalai OR au:Trapani) ANDNOT cat:gr-qc", {"2605.90003v1"}),
        ("jr:imaginary co:EMNLP", {"2509.94567v1", "2605.90203v1"}),
        ("cat:cs.CL AND submittedDate:[202604010000 TO 202604302359]", {"2604.91234v2", "2605.90102v1"}),
        ("id:9901901", {"hep-th/9901901v4"}),
    ],
)
def test_searches_are_answered(arxiv: SampleArxiv, query: str, found: Any) -> None:
    arxiv.day = WEDNESDAY
    assert api_ids(api(arxiv, search_query=query, max_results=100)[1]) == found


def test_a_missing_operator_is_or_and_a_chain_is_evaluated_from_the_right(arxiv: SampleArxiv) -> None:
    words = api_ids(api(arxiv, search_query="ti:soft zebra", max_results=100)[1])
    chain = api_ids(api(arxiv, search_query="ti:zebra AND ti:soft OR ti:hysteresis", max_results=100)[1])
    assert words == {"2605.90007v1"}
    assert chain == set()


def test_searches_are_sorted_and_filtered_by_ids(arxiv: SampleArxiv) -> None:
    arxiv.day = WEDNESDAY
    parameters = {
        "search_query": "cat:cs.CL",
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
        "max_results": 100,
    }
    _, root = api(arxiv, **parameters)
    dates = [entry.findtext(f"{ATOM}published") for entry in root.iter(f"{ATOM}entry")]
    assert dates == sorted(dates)
    assert api_ids(api(arxiv, **parameters, id_list="2605.90001,2605.90003")[1]) == {"2605.90001v2"}
    _, root = api(arxiv, **parameters | {"sortBy": "lastUpdatedDate", "sortOrder": "descending"})
    dates = [entry.findtext(f"{ATOM}updated") for entry in root.iter(f"{ATOM}entry")]
    assert dates == sorted(dates, reverse=True)


def test_the_api_takes_a_posted_form_and_gives_journal_reference_and_doi(arxiv: SampleArxiv) -> None:
    arxiv.day = TUESDAY
    _, _, body = ask(arxiv.api_url, data=b"id_list=hep-th/9901901&max_results=1")
    root = ElementTree.fromstring(body)
    assert root.findtext(f"{ATOM}entry/{ARXIV}doi") == "10.99999/jipb.1999.14.231"
    assert root.findtext(f"{ATOM}entry/{ARXIV}journal_ref") == "J. Invent. Phys. B 14 (1999) 231-243"


# ------------------------------------------------------------------ OAI-PMH


def test_identify_names_the_granularity(arxiv: SampleArxiv) -> None:
    assert oai(arxiv, verb="Identify").findtext(f"{OAI}Identify/{OAI}granularity") == "YYYY-MM-DD"
    arxiv.papers = ()
    assert oai(arxiv, verb="Identify").findtext(f"{OAI}Identify/{OAI}earliestDatestamp") == "2005-09-16"


def test_records_are_listed_by_datestamp_and_set(arxiv: SampleArxiv) -> None:
    arxiv.day = TUESDAY
    root = oai(arxiv, **LIST, from_="2026-05-12", set="cs:cs:CL")
    assert set(oai_ids(root)) == {
        "2509.94567",
        "2603.93456",
        "2605.90102",
        "2605.90103",
        "2605.90105",
        "2605.90108",
    }
    assert {stamp.text for stamp in root.iter(f"{OAI}datestamp")} == {"2026-05-12"}
    assert root.find(f"{OAI}request").get("from") == "2026-05-12"
    assert root.find(f".//{OAI}resumptionToken") is None
    assert {spec.text for spec in root.iter(f"{OAI}setSpec")} >= {"cs:cs:CL", "cs:cs:LG"}


def test_an_undivided_archive_and_a_group_are_sets_too(arxiv: SampleArxiv) -> None:
    hep = oai(arxiv, **LIST, from_="2026-05-11", set="physics:hep-th")
    assert oai_ids(hep) == ["2605.90007"]
    group = oai(arxiv, **LIST, from_="2026-05-11", set="math")
    assert set(oai_ids(group)) == {"2605.90006", "2605.90013", "2511.92345"}


def test_only_the_newest_version_is_listed_under_the_last_datestamp(arxiv: SampleArxiv) -> None:
    arguments = {
        "verb": "ListRecords",
        "metadataPrefix": "arXiv",
        "from_": "2026-05-11",
        "until": "2026-05-11",
    }
    assert "2605.90001" in oai_ids(oai(arxiv, **arguments))
    arxiv.day = WEDNESDAY
    assert "2605.90001" not in oai_ids(oai(arxiv, **arguments))


def test_a_record_has_all_fields_but_the_version(arxiv: SampleArxiv) -> None:
    arxiv.day = TUESDAY
    root = oai(arxiv, **GET, identifier="oai:arXiv.org:hep-th/9901901")
    record = root.find(f"{OAI}GetRecord/{OAI}record/{OAI}metadata/{RECORD}arXiv")
    fields = {child.tag.removeprefix(RECORD): child.text for child in record}
    order = "id created updated authors title categories comments journal-ref doi license abstract"
    assert list(fields) == order.split()
    assert (fields["created"], fields["updated"]) == ("1999-01-11", "2026-05-10")
    assert fields["categories"] == "hep-th math.NA"
    author = record.find(f"{RECORD}authors/{RECORD}author")
    assert (author.findtext(f"{RECORD}keyname"), author.findtext(f"{RECORD}forenames")) == (
        "Wetherby",
        "P. J.",
    )


def test_the_colon_of_a_team_paper_is_a_keyname_without_forenames(arxiv: SampleArxiv) -> None:
    root = oai(arxiv, **GET, identifier="oai:arXiv.org:2605.90002")
    authors = [(a.findtext(f"{RECORD}forenames"), a.findtext(f"{RECORD}keyname")) for a in root.iter(f"{RECORD}author")]
    assert authors[:3] == [("Kumo", "Team"), (None, ":"), ("A. B.", "Moriyama")]
    assert root.find(f".//{RECORD}updated") is None


def test_resumption_tokens_list_every_record_once(arxiv: SampleArxiv) -> None:
    whole = oai_ids(oai(arxiv, **LIST, set="cs"))
    arxiv.oai_page_size = 5
    root = oai(arxiv, **LIST, set="cs")
    found = oai_ids(root)
    while token := root.findtext(f".//{OAI}resumptionToken"):
        root = oai(arxiv, verb="ListRecords", resumptionToken=token)
        found += oai_ids(root)
    assert found == whole
    assert len(found) > 10
    assert root.find(f".//{OAI}resumptionToken") is not None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (LIST | {"from_": "2026-05-14"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "resumptionToken": "nonsense"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "x", "set": "cs"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        (LIST | {"since": "2026-05-14"}, "badArgument"),
        (LIST | {"from_": "14.5.2026"}, "badArgument"),
        (LIST | {"from_": "20260514"}, "badArgument"),
        (LIST | {"from_": "2026-05-14", "until": "2026-05-13"}, "badArgument"),
        (LIST | {"set": "cs.CL"}, "badArgument"),
        (LIST | {"metadataPrefix": "oai_dc"}, "cannotDisseminateFormat"),
        (GET, "badArgument"),
        (GET | {"identifier": "oai:arXiv.org:0000.0000"}, "idDoesNotExist"),
        ({"verb": "Sing"}, "badVerb"),
        ({}, "badVerb"),
    ],
)
def test_errors_of_the_protocol_come_with_status_200(arxiv: SampleArxiv, arguments: Any, code: Any) -> None:
    assert error_code(oai(arxiv, **arguments)) == code


# ------------------------------------------------------------------ the server itself


def test_a_server_that_was_never_started_can_be_closed() -> None:
    server = SampleArxiv(papers=())
    server.close()
    with pytest.raises(urllib.error.URLError):
        feed(server, "cs.CL")


def test_many_clients_are_served_at_once(arxiv: SampleArxiv) -> None:
    statuses = []

    def client() -> None:
        for _ in range(5):
            statuses.append(feed(arxiv, "cs.CL")[0])

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40


def test_an_unknown_address_is_404(arxiv: SampleArxiv) -> None:
    assert ask(f"{arxiv.base_url}/abs/2605.90001")[0] == 404


# ------------------------------------------------------------------ a real day


def real_paper(record: dict[str, Any]) -> SamplePaper:
    announced = Announcement(date.fromisoformat(record["announced"]), record.get("version", 1), "new")
    return SamplePaper(
        arxiv_id=record["id"],
        title=record["title"],
        authors=tuple(record["authors"]),
        abstract=record["abstract"],
        categories=tuple(record["categories"]),
        published=datetime.fromisoformat(record.get("published", "2026-05-11T09:00:00Z")),
        announced=(announced,),
        comment=record.get("comment"),
        journal_ref=record.get("journal_ref"),
        doi=record.get("doi"),
    )


@pytest.mark.skipif(not META.exists(), reason="the recorded metadata is not here")
def test_a_whole_real_day_goes_through_all_three_services() -> None:
    with gzip.open(META, "rt") as lines:
        records = [json.loads(line) for line in lines]
    day = [
        real_paper(record) for record in records if record.get("announced") == "2026-05-12" and "categories" in record
    ]
    with SampleArxiv(day) as arxiv:
        assert arxiv.day == TUESDAY
        language = [paper for paper in day if "cs.CL" in paper.categories]
        assert len(language) > 100
        assert len(entries(arxiv, "cs.CL")) == len(language)
        arxiv.oai_page_size = 100
        assert len(oai_ids(oai(arxiv, **LIST, set="cs:cs:CL"))) == 100
        asked = [paper.arxiv_id for paper in language[:100]]
        assert len(api_ids(api(arxiv, id_list=",".join(asked), max_results=100)[1])) == 100
