"""Venues by Semantic Scholar, asked on loopback."""

import threading

import pytest

from fakes import paper
from notebot.core.model.errors import BadAnswerError, RefusedError, ThrottledError, UsageError
from notebot.core.model.stub import Venue
from notebot.core.net.client import Http
from notebot.features.venues.adapters.semantic_scholar import SemanticScholar
from notebot.features.venues.rules.detection import VenueKind, VenueRow, VenueTable
from servers.llm_server import LlmServer
from servers.llm_server import told as json_answer

KEY = "a-key-that-shows-nowhere"
TITLE = "Annual Meeting of the Association for Computational Linguistics"
TABLE = VenueTable((VenueRow("ACL", VenueKind.CONFERENCE, ("ACL",), (TITLE,)),))


def told(**changes: object) -> dict[str, object]:
    return {"venue": TITLE, "publicationVenue": None, "externalIds": {"DBLP": "conf/acl/LovelaceN26"}, **changes}


def ask(server: LlmServer, *names: str) -> dict[str, Venue]:
    http = Http("notebot-tests", 2.0, 0.0, threading.Event())
    return SemanticScholar(http, server.url, KEY, TABLE).resolve([paper(name) for name in names])


def serving(value: object, status: int = 200) -> LlmServer:
    return LlmServer([json_answer(value, status)])


def test_one_request_tells_of_many_papers() -> None:
    with serving([told(), None, told(venue="arXiv.org")]) as server:
        found = ask(server, "2605.00001", "2605.00002", "2605.00003")
    assert found == {
        "2605.00001": Venue("ACL'26", "ACL", 2026, None, "semanticscholar", f"Semantic Scholar: {TITLE} 2026")
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"externalIds": {"DBLP": "journals/corr/abs-2605-00001"}},
        {"externalIds": None},
        {"venue": ""},
        {"venue": None},
        {"venue": "A Workshop of Friends"},
        {"venue": "12th Workshop at ACL"},
    ],
)
def test_without_a_known_name_and_a_year_of_the_proceedings_there_is_no_venue(changes: dict[str, object]) -> None:
    with serving([told(**changes)]) as server:
        assert ask(server, "2605.00001") == {}


@pytest.mark.parametrize("value", [{"error": "no"}, [], [told(), told()], "x"])
def test_what_is_no_answer_for_each_paper_is_refused(value: object) -> None:
    with serving(value) as server, pytest.raises(BadAnswerError):
        ask(server, "2605.00001")


@pytest.mark.parametrize(("status", "kind"), [(403, RefusedError), (429, ThrottledError)])
def test_a_refusal_keeps_its_kind_and_shows_no_key(status: int, kind: type[Exception]) -> None:
    with serving({"message": "no"}, status) as server, pytest.raises(kind) as caught:
        ask(server, "2605.00001")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", [None, "", "two words", "ключ"])
def test_without_a_key_nobody_is_asked(key: str | None) -> None:
    http = Http("notebot-tests", 2.0, 0.0, threading.Event())
    with pytest.raises(UsageError, match="NOTEBOT_S2_KEY"):
        SemanticScholar(http, "http://127.0.0.1:9", key, TABLE)
