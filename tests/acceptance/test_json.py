"""``--json`` of every command: one document on stdout, with the keys that others build on."""

import re
from typing import Any

import pytest

from acceptance.command import MATHEMATICS, MONDAY, TUESDAY, WEDNESDAY, Desk
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv

pytestmark = pytest.mark.slow

STUB_KEYS = {
    "arxiv_id",
    "version",
    "url",
    "title",
    "title_line",
    "authors",
    "first_author",
    "abstract",
    "categories",
    "published",
    "comment",
    "journal_ref",
    "doi",
    "venue",
    "tags",
    "tag_evidence",
    "summary",
    "related",
    "posts",
    "topics",
    "status",
    "announced_on",
    "announce_type",
    "note_number",
    "kind",
    "curator",
    "key",
    "issue_date",
    "complete",
    "withdrawn",
    "translation",
    "offers",
    "interest",
}
NESTED_KEYS = {
    "venue": {"label", "name", "year", "track", "source", "evidence", "confidence"},
    "summary": {"text", "by"},
    "curator": {"comment", "fields"},
}
FILED = "SELECT * FROM announcements WHERE category = '{}'"
SOURCE_KEYS = {"source", "state", "batch_date", "announced", "new", "cross", "replace", "known", "error"}
TOPIC_KEYS = {"topic", "matched", "drafted", "known", "tombstoned", "unwanted"}
ERROR_KINDS = {"invalid-ref", "not-found", "throttled", "unavailable", "timeout", "bad-answer", "config", "refused"}
LOSING_METADATA = Fault("api", FaultKind.UNAVAILABLE, times=None)


def assert_stub(document: dict[str, Any]) -> None:
    """The keys of the contract, and the types that are said there."""
    assert set(document) >= STUB_KEYS, STUB_KEYS - set(document)
    for name, keys in NESTED_KEYS.items():
        if document[name] is not None:
            assert set(document[name]) >= keys, name
    for evidence in document["tag_evidence"]:
        assert set(evidence) >= {"tag", "score", "sure", "why"}
    assert document["key"] == f"arxiv:{document['arxiv_id']}"
    assert isinstance(document["venue"]["label"], str)
    assert isinstance(document["complete"], bool)
    if document["published"] is not None:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["published"])


def assert_error(document: dict[str, Any]) -> None:
    assert set(document) == {"kind", "message"}
    assert document["kind"] in ERROR_KINDS


def test_poll_names_every_source_and_topic(desk: Desk) -> None:
    done = desk.ok("poll", "--json")
    document = done.json
    assert set(document) == {"status", "requests", "sources", "topics", "remarks"}
    assert [source["source"] for source in document["sources"]][:2] == ["cs.CL", "cs.LG"]
    assert {source["source"]: source["state"] for source in document["sources"][2:]} == {"oai": "idle", "api": "ok"}
    for source in document["sources"]:
        assert set(source) >= SOURCE_KEYS
        assert source["announced"] == source["new"] + source["cross"] + source["replace"]
    (topic,) = document["topics"]
    assert set(topic) >= TOPIC_KEYS
    assert topic["topic"] == "Mathematics"
    assert topic["matched"] == sum(topic[name] for name in ("drafted", "known", "tombstoned", "unwanted"))
    assert (document["status"], document["requests"]) == ("ok", 3)


@pytest.mark.parametrize(
    ("service", "status", "sources"), [("feed", "failed", {"cs.CL", "cs.LG"}), ("api", "partial", {"api"})]
)
def test_poll_holds_the_error_of_a_source(
    service: str, status: str, sources: set[str], desk: Desk, arxiv: FaultyArxiv
) -> None:
    arxiv.set_faults(Fault(service, FaultKind.TOO_MANY_REQUESTS, times=None))  # type: ignore[arg-type]
    done = desk.run("poll", "--json")
    assert (done.code, done.json["status"]) == (1, status)
    failed = {source["source"]: source["error"] for source in done.json["sources"] if source["error"] is not None}
    assert set(failed) == sources
    for error in failed.values():
        assert_error(error)
        assert error["kind"] == "throttled"


@pytest.mark.parametrize(
    ("fault", "status", "state", "kind"),
    [
        (None, "ok", "ok", None),
        (FaultKind.SERVER_ERROR, "partial", "failed", "unavailable"),
        (FaultKind.RATE_EXCEEDED, "partial", "failed", "throttled"),
        (FaultKind.FORBIDDEN, "partial", "failed", "refused"),
    ],
)
def test_poll_says_how_oai_answered_when_a_day_was_missed(
    fault: FaultKind | None, status: str, state: str, kind: str | None, monday: Desk, arxiv: FaultyArxiv
) -> None:
    arxiv.day = WEDNESDAY
    arxiv.set_faults(*([Fault("oai", fault, times=None)] if fault else []))
    document = monday.run("poll", "--json", now=f"{WEDNESDAY}T14:00+09:00").json
    assert document["status"] == status
    (oai,) = [source for source in document["sources"] if source["source"] == "oai"]
    assert set(oai) >= SOURCE_KEYS
    assert (oai["state"], oai["batch_date"]) == (state, None)
    assert [oai[name] for name in ("announced", "new", "cross", "replace", "known")] == [0] * 5
    assert (oai["error"] and oai["error"]["kind"]) == kind
    if kind:
        assert_error(oai["error"])


def test_a_304_is_an_answer_with_counts_of_0(desk: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.conditional = True
    desk.ok("poll")
    for source in desk.ok("poll", "--json").json["sources"]:
        assert source["state"] == ("idle" if source["source"] in ("api", "oai") else "fresh")
        assert [source[name] for name in ("announced", "new", "cross", "replace", "known")] == [0] * 5
        is_category = source["source"] not in ("api", "oai")
        assert source["seen_before"] == (len(desk.rows(FILED.format(source["source"]))) if is_category else 0)
    lines = desk.ok("poll").out.splitlines()
    assert re.search(r"^cs\.CL +fresh +2026-05-12 +unchanged since 14:00 \([1-9][0-9]* announced\)$", lines[0]), lines


def test_queue_list_and_show_are_stubs(polled: Desk) -> None:
    listed = polled.ok("queue", "list", "--json").json
    assert len(listed) == 1
    assert_stub(listed[0])
    shown = polled.ok("queue", "show", listed[0]["arxiv_id"], "--json").json
    assert shown == {**listed[0], "decisions": [], "revision": 0}
    assert (listed[0]["announced_on"], listed[0]["announce_type"]) == ("2026-05-12", "new")
    assert listed[0]["venue"]["label"] == "ICML'26"


def test_bare_queue_is_queue_list(polled: Desk) -> None:
    assert polled.ok("queue").out == polled.ok("queue", "list").out != ""


def test_an_empty_queue_is_an_empty_list(desk: Desk) -> None:
    assert desk.ok("queue", "list", "--json").json == []


def test_a_stub_without_metadata_says_so(desk: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(LOSING_METADATA)
    assert desk.run("poll").code == 1
    (stub,) = desk.stubs().values()
    assert_stub(stub)
    assert (stub["published"], stub["complete"], stub["comment"]) == (None, False, None)
    assert (stub["venue"]["label"], stub["venue"]["year"]) == ("arXiv", None)
    assert stub["title_line"].endswith(", Ingrid Halloran+")


def test_fetch_is_a_list_in_the_order_asked(desk: Desk) -> None:
    refs = ["2605.90102v1", "foo", "2605.90101", "2605.99999"]
    done = desk.run("fetch", "--json", *refs)
    assert done.code == 1
    assert [element["ref"] for element in done.json] == refs
    assert [set(element) - {"ref"} for element in done.json] == [{"stub"}, {"error"}, {"stub"}, {"error"}]
    assert_stub(done.json[0]["stub"])
    assert done.json[0]["stub"]["url"] == "https://arxiv.org/abs/2605.90102v1"
    assert done.json[2]["stub"]["url"] == "https://arxiv.org/abs/2605.90101"
    assert_error(done.json[1]["error"])
    assert [element["error"]["kind"] for element in done.json if "error" in element] == ["invalid-ref", "not-found"]


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (FaultKind.TOO_MANY_REQUESTS, "throttled"),
        (FaultKind.SERVER_ERROR, "unavailable"),
        (FaultKind.BOT_WALL, "bad-answer"),
        (FaultKind.FORBIDDEN, "refused"),
    ],
)
def test_fetch_names_what_the_service_did(kind: FaultKind, named: str, desk: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.set_faults(Fault("api", kind, times=None))
    done = desk.run("fetch", "--json", "2605.90101")
    assert (done.code, done.json[0]["error"]["kind"]) == (1, named)


def test_the_moves_answer_with_stubs_and_errors(polled: Desk) -> None:
    for verb, status in (("keep", "kept"), ("requeue", "queued"), ("skip", "skipped")):
        done = polled.run("queue", verb, "2605.90101", "foo", "--json")
        assert done.code == 1
        assert [element["ref"] for element in done.json] == ["2605.90101", "foo"]
        assert_stub(done.json[0]["stub"])
        assert done.json[0]["stub"]["status"] == status
        assert_error(done.json[1]["error"])


def test_digest_names_its_file_entries_and_updates(desk: Desk, arxiv: FaultyArxiv) -> None:
    arxiv.day = MONDAY
    desk.ok("poll", now="2026-05-11T14:00+09:00")
    first = desk.ok("digest", "--json", now="2026-05-11T14:01+09:00").json
    assert set(first) == {"path", "entries", "updates"}
    assert first["entries"] == ["2605.90001"]
    assert first["path"] == str(desk.folder / "digests/2026-05-11.md")
    arxiv.day = WEDNESDAY  # its second version has another title
    desk.ok("poll", now="2026-05-13T14:00+09:00")
    (update,) = desk.ok("digest", "--json", now="2026-05-13T14:01+09:00").json["updates"]
    assert set(update) == {"key", "field", "value", "why"}
    assert (update["key"], update["field"]) == ("arxiv:2605.90001", "title")
    assert update["value"].startswith("Counting Steps, Not Tokens: Step Budgets")


def test_a_dry_run_is_one_document_and_changes_nothing(polled: Desk) -> None:
    document = polled.ok("digest", "--dry-run", "--json").json
    assert (document["path"], document["entries"], document["updates"]) == (None, ["2605.90101"], [])
    assert polled.digests() == []
    assert polled.statuses() == {"2605.90101": "queued"}


def test_check_and_status_are_one_document_each(desk: Desk) -> None:
    assert desk.ok("check", "--json").json["ok"] is True
    desk.ok("poll")
    checked = desk.ok("check", "--json").json
    assert [(topic["topic"], topic["matched"]) for topic in checked["topics"]] == [("Mathematics", 1)]
    status = desk.ok("status", "--json").json
    assert {source["source"] for source in status["sources"]} == {"cs.CL", "cs.LG", "api"}
    assert status["queue"] == {"queued": 1, "digested": 0, "kept": 0, "skipped": 0}
    assert set(status["next"]) == {"poll", "digest"}


def test_status_names_a_kept_stub_with_its_age(polled: Desk) -> None:
    polled.ok("queue", "keep", "2605.90101")
    (kept,) = polled.ok("status", "--json", now="2026-05-14T14:30+09:00").json["kept_not_in_archive"]
    assert (kept["arxiv_id"], kept["age_days"]) == ("2605.90101", 2)
    assert "archive yet: 1; the oldest was kept 2 days ago" in polled.ok("status", now="2026-05-14T14:30+09:00").out


def test_status_ends_with_1_when_a_source_is_silent_for_more_than_two_announcement_days(polled: Desk) -> None:
    codes = {day: polled.run("status", now=f"2026-05-{day}T14:00+09:00").code for day in (14, 15)}
    assert codes == {14: 0, 15: 1}


LOUD = [
    ("poll", "--json"),
    ("digest", "--json"),
    ("queue", "list", "--json"),
    ("fetch", "2605.90101", "--json"),
    ("status", "--json"),
    ("check", "--json"),
]


@pytest.mark.parametrize("command", LOUD, ids=" ".join)
def test_what_is_said_besides_goes_to_stderr(command: tuple[str, ...], desk: Desk, arxiv: FaultyArxiv) -> None:
    desk.topics = [{**MATHEMATICS, "query": "co:accepted OR ti:math* AND ti:proof*"}]
    arxiv.day_of["cs.LG"] = TUESDAY
    done = desk.run("-vv", *command)
    assert done.code == 0
    assert isinstance(done.json, dict | list)
