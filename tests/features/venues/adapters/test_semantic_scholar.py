"""Venues from Semantic Scholar, against a server on loopback."""

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


def publication(**changes: object) -> dict[str, object]:
    return {"venue": TITLE, "publicationVenue": None, "externalIds": {"DBLP": "conf/acl/LovelaceN26"}, **changes}


def resolve(server: LlmServer, *names: str) -> dict[str, Venue]:
    http = Http("notebot-tests", 2.0, 0.0, threading.Event())
    return SemanticScholar(http, server.url, KEY, TABLE).resolve([paper(name) for name in names])


def serving(value: object, status: int = 200) -> LlmServer:
    return LlmServer([json_answer(value, status)])


def test_one_request_asks_for_many_papers() -> None:
    with serving([publication(), None, publication(venue="arXiv.org")]) as server:
        venues = resolve(server, "2605.00001", "2605.00002", "2605.00003")
    assert venues == {
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
def test_a_venue_needs_a_known_name_and_the_year_of_the_proceedings(changes: dict[str, object]) -> None:
    with serving([publication(**changes)]) as server:
        assert resolve(server, "2605.00001") == {}


@pytest.mark.parametrize("value", [{"error": "no"}, [], [publication(), publication()], "x"])
def test_an_answer_that_does_not_cover_every_paper_is_rejected(value: object) -> None:
    with serving(value) as server, pytest.raises(BadAnswerError):
        resolve(server, "2605.00001")


@pytest.mark.parametrize(("status", "kind"), [(403, RefusedError), (429, ThrottledError)])
def test_a_refusal_keeps_its_error_type_and_hides_the_key(status: int, kind: type[Exception]) -> None:
    with serving({"message": "no"}, status) as server, pytest.raises(kind) as caught:
        resolve(server, "2605.00001")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", [None, "", "two words", "ключ"])
def test_without_a_valid_key_there_is_no_resolver(key: str | None) -> None:
    http = Http("notebot-tests", 2.0, 0.0, threading.Event())
    with pytest.raises(UsageError, match="NOTEBOT_S2_KEY"):
        SemanticScholar(http, "http://127.0.0.1:9", key, TABLE)
