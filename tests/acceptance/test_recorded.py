"""arXiv's recorded answers, replayed on loopback to the real command."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from acceptance.command import SHARED, Desk
from servers.loopback import Handler, Loopback, answer

API, RSS = SHARED / "arxiv/api", SHARED / "arxiv/rss"
ATOM = "{http://www.w3.org/2005/Atom}"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not API.exists(), reason="needs ../shared")]


def recorded() -> list[dict[str, object]]:
    """``api/index.json``: which request gave which file."""
    return json.loads((API / "index.json").read_text(encoding="utf-8")) if API.exists() else []


def asked_ids(record: dict[str, object]) -> str:
    """The ``id_list`` of a recorded request; empty where it was a search or is not known."""
    return parse_qs(urlsplit(str(record["url"] or "")).query).get("id_list", [""])[0]


def titles(name: str) -> list[str]:
    """Titles of the entries in a recorded answer, on one line each."""
    root = ET.fromstring((API / name).read_bytes())
    return [" ".join((entry.findtext(f"{ATOM}title") or "").split()) for entry in root.iter(f"{ATOM}entry")]


BY_IDS = {asked_ids(record): record for record in recorded() if asked_ids(record)}
FOREIGN = [record for record in recorded() if record["entries"] and not asked_ids(record)]
"""Answers to other requests: an id never asked for them."""


def replay_by_ids(request: BaseHTTPRequestHandler) -> None:
    """The recorded answer to the ids that are asked."""
    record = BY_IDS[parse_qs(urlsplit(request.path).query)["id_list"][0]]
    answer((API / str(record["file"])).read_bytes(), int(str(record["status"])))(request)


def desk_on(folder: Path, server: Loopback, **values: object) -> Desk:
    return Desk(
        folder,
        {"feed_url": server.url, "api_url": f"{server.url}/api/query", "oai_url": f"{server.url}/oai"},
        **values,  # type: ignore[arg-type]
    )


@pytest.fixture
def replayed(tmp_path: Path) -> Iterator[Desk]:
    with Loopback([replay_by_ids]) as server:
        yield desk_on(tmp_path, server)


def test_fetch_prints_the_stub_of_a_real_old_paper(replayed: Desk) -> None:
    assert replayed.ok("fetch", "astro-ph/0601001").out.startswith(
        "title:  [Paper Note] Frequency of Hot Jupiters and Very Hot Jupiters from the OGLE-III Transit Surveys "
        "Toward the Galactic Bulge and Carina, Andrew Gould+, arXiv'06, 2006.01\n"
        "labels: \n"
        "body:\n"
        "# URL\n"
        "- https://arxiv.org/abs/astro-ph/0601001\n"
        "# Authors\n"
        "  - Andrew Gould\n"
        "  - Susan Dorsher\n"
        "  - B. Scott Gaudi\n"
        "  - Andrzej Udalski\n"
        "# Abstract\n"
        "  - We derive the frequencies of hot Jupiters (HJs) with 3--5 day periods "
    )


@pytest.mark.parametrize(
    "ref", ["1605.08386", "1707.08567", "2104.12255v1", "astro-ph/0601001", "hep-ex/0406020v1", "quant-ph/0201082v1"]
)
def test_a_recorded_answer_becomes_the_stub_of_its_paper(replayed: Desk, ref: str) -> None:
    (element,) = replayed.ok("fetch", "--json", ref).json
    stub = element["stub"]
    assert [stub["title"]] == titles(str(BY_IDS[ref]["file"]))
    assert stub["url"] == f"https://arxiv.org/abs/{ref}"
    assert stub["complete"]
    assert stub["published"].endswith("Z")


def test_ids_that_cannot_be_are_refused_before_anything_is_asked(replayed: Desk) -> None:
    refs = ["0000.0000", "0808.05394", "abc"]
    done = replayed.run("fetch", "--json", *refs)
    assert done.code == 1
    assert [element["error"]["kind"] for element in done.json] == ["invalid-ref"] * 3


ODD = {
    "a total of 0 is an unknown paper": ("arxivpy_id_0808.05394_s0_m100_7b0c7d0a7cdd.xml", 200, "not-found"),
    "the error entry is no paper": ("arxivpy_id_abc_s0_m100_b79c8dcf6bc3.xml", 400, "not-found"),
    "nor with status 200, as once": ("docs_error_legacy.xml", 200, "not-found"),
}


@pytest.mark.parametrize(("name", "status", "kind"), ODD.values(), ids=ODD)
def test_an_answer_without_a_paper(name: str, status: int, kind: str, tmp_path: Path) -> None:
    with Loopback([answer((API / name).read_bytes(), status)]) as server:
        done = desk_on(tmp_path, server).run("fetch", "--json", "2504.02807")
    assert (done.code, done.json[0]["error"]["kind"]) == (1, kind)


@pytest.mark.slow
@pytest.mark.parametrize("record", FOREIGN, ids=lambda record: record["file"])
def test_an_answer_that_was_not_asked_for_is_never_taken_for_one(record: dict[str, object], tmp_path: Path) -> None:
    with Loopback([answer((API / str(record["file"])).read_bytes())]) as server:
        done = desk_on(tmp_path, server).run("fetch", "--json", "2504.02807")
    assert (done.code, set(done.json[0])) == (1, {"ref", "error"})
    assert done.json[0]["error"]["kind"] in ("bad-answer", "not-found")


FEEDS = {
    "cs.AI": ("atom_cs.AI_2025-08-20.xml", b"<entry>", "2025-08-20"),
    "cs.CL": ("rss_cs.CL_2026-04-27.xml", b"<item>", "2026-04-27"),
    "cs.LG": ("rss_cs.LG_2026-04-27.xml", b"<item>", "2026-04-27"),
    "math.OC": ("docs_rss_spec_item.xml", b"<item>", "2024-08-23"),
}


@pytest.mark.parametrize("category", FEEDS)
def test_a_recorded_feed_is_read_whole(category: str, tmp_path: Path) -> None:
    name, mark, day = FEEDS[category]
    body = (RSS / name).read_bytes()
    serve: Handler = answer(body, kind="application/rss+xml" if mark == b"<item>" else "application/atom+xml")
    nothing = {"name": "Nothing", "categories": [category], "query": "ti:xyzzy"}
    with Loopback([serve]) as server:
        desk = desk_on(tmp_path, server, topics=[nothing], now=f"{day}T01:00-04:00")
        document = desk.ok("poll", "--json").json
    source = document["sources"][0]
    assert (source["source"], source["state"], source["batch_date"]) == (category, "fresh", day)
    assert source["announced"] == body.count(mark)


def test_a_recorded_feed_cut_in_half_is_a_failure_and_not_a_quiet_day(tmp_path: Path) -> None:
    body = (RSS / "atom_cs.AI_2025-08-20.xml").read_bytes()
    with Loopback([answer(body[: len(body) // 2])]) as server:
        desk = desk_on(
            tmp_path, server, topics=[{"name": "All", "categories": ["cs.AI"]}], now="2025-08-20T01:00-04:00"
        )
        done = desk.run("poll", "--json")
        assert (done.code, done.json["status"]) == (1, "failed")
        assert done.json["sources"][0]["error"]["kind"] == "bad-answer"
        assert desk.stubs() == {}
