"""The venue that is added to a stub from its paper's metadata."""

from typing import Any

import pytest
from msgspec.structs import replace

from fakes import entry, paper
from notebot.core.model.stub import Stub, Venue
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.features.topics.rules.drafting import draft_from_entry, draft_from_paper
from notebot.features.venues.rules.detection import VenueKind, VenueRow, VenueTable
from notebot.features.venues.rules.enrich import with_venue

TABLE = VenueTable(
    (VenueRow("ACL", VenueKind.CONFERENCE, ("ACL",), ()), VenueRow("TMLR", VenueKind.JOURNAL, ("TMLR",), ()))
)
ARXIV = Venue("arXiv'26", "arXiv", 2026)


def drafted(**changes: Any) -> Stub:
    return with_venue(draft_from_paper(paper(**changes), None, ()), TABLE)


def test_a_venue_with_its_year_replaces_arxiv_and_keeps_the_month() -> None:
    stub = drafted(comment="Accepted to Findings of ACL 2026")
    assert (stub.venue.label, stub.venue.track, stub.venue.source) == ("ACL'26", "Findings", "comment")
    assert title_line(stub, NoteStyle()).text.endswith(", ACL'26 Findings, 2026.05")


@pytest.mark.parametrize("comment", [None, "12 pages", "Submitted to ACL 2026", "Rejected from ACL 2026"])
def test_without_a_venue_the_venue_is_arxiv(comment: str | None) -> None:
    assert drafted(comment=comment).venue == ARXIV


def test_a_venue_without_a_year_is_only_evidence() -> None:
    assert drafted(comment="Accepted to TMLR").venue == replace(ARXIV, evidence="Accepted to TMLR", confidence=0.87)


def test_a_stub_without_metadata_is_not_changed() -> None:
    stub = draft_from_entry(entry(), ())
    assert with_venue(stub, TABLE) == stub


def test_with_venue_is_idempotent() -> None:
    stub = drafted(comment="Accepted to Findings of ACL 2026")
    assert with_venue(stub, TABLE) == stub
