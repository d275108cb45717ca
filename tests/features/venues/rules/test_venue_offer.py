"""Offers of venues, and when a preprint is requested again."""

from datetime import date

import pytest

from notebot.core.model.changes import VenueChange
from notebot.core.model.offer import Update
from notebot.core.model.reasons import NewVersion
from notebot.features.venues.rules.acl_doi import venue_of_doi
from notebot.features.venues.rules.venue_offer import (
    full_year,
    is_due,
    month_of,
    parse_listed_venue,
    parse_preprint_line,
    venue_text,
    venue_update,
)

LINE = "[Paper Note] Proofs, Ada Lovelace+, arXiv’25, 2025.07"


@pytest.mark.parametrize(("line", "title"), [
    (LINE, "Proofs"), ("Proofs, arXiv'25", "Proofs"), ("Proofs, Ada Lovelace+, arXiv23", "Proofs"),
    ("Proofs, Ada Lovelace+, ACL'25", None), ("Proofs, Ada Lovelace+, 2025.07", None), ("Proofs", None),
])  # fmt: skip
def test_only_a_line_with_arxiv_and_a_year_is_a_preprint_line(line: str, title: str | None) -> None:
    parsed = parse_preprint_line(line)
    assert (parsed and parsed.title) == title


def test_an_offer_has_both_venues_and_its_evidence() -> None:
    why = NewVersion(2)
    update = Update(0, "note:7", VenueChange("ACL'26 Findings", "arXiv'25"), why, "Proofs")
    assert venue_update(7, LINE, "ACL'26 Findings", why) == update
    assert (update.field, update.value, update.is_found_venue) == ("venue", "arXiv'25 → ACL'26 Findings", True)


@pytest.mark.parametrize("label", ["arXiv'25", "ACL", "", "'26"])
def test_a_label_that_is_not_a_venue_is_not_offered(label: str) -> None:
    assert venue_update(7, LINE, label, NewVersion(2)) is None


@pytest.mark.parametrize(("text", "label", "year"), [
    ("ICLR'26", "ICLR'26", 2026), ("ICLR’26", "ICLR'26", 2026), (" ICLR 2026 ", "ICLR'26", 2026),
    ("ACL'2026 Findings", "ACL'26 Findings", 2026), ("NIPS'99", "NIPS'99", 1999),
])  # fmt: skip
def test_a_listed_venue_is_parsed_in_any_usual_form(text: str, label: str, year: int) -> None:
    venue = parse_listed_venue(text)
    assert venue is not None
    assert (venue.label, full_year(venue)) == (label, year)


@pytest.mark.parametrize("text", ["ICLR", "arXiv'25", "arXiv 2025", "2026", ""])
def test_a_listed_venue_needs_name_and_year(text: str) -> None:
    assert parse_listed_venue(text) is None


@pytest.mark.parametrize(("age", "asked_at", "due"), [
    (29, None, False), (30, None, True), (89, 30, False), (90, 30, True), (90, 90, False), (364, 91, False),
    (365, 91, True), (2000, 365, False), (2000, None, True), (31, 29, True),
])  # fmt: skip
def test_a_paper_is_requested_again_after_30_90_and_365_days(age: int, asked_at: int | None, due: bool) -> None:
    begun = date(2025, 1, 1)
    days = date.fromordinal
    asked = days(begun.toordinal() + asked_at) if asked_at is not None else None
    assert is_due(begun, asked, days(begun.toordinal() + age)) is due


@pytest.mark.parametrize(("arxiv_id", "month"), [
    ("2505.00001", date(2025, 5, 1)), ("hep-th/9711200", date(1997, 11, 1)), ("0704.0001", date(2007, 4, 1)),
    ("2513.00001", None), ("", None),
])  # fmt: skip
def test_an_arxiv_id_has_its_month(arxiv_id: str, month: date | None) -> None:
    assert month_of(arxiv_id) == month


@pytest.mark.parametrize(("doi", "venue"), [
    ("10.18653/v1/2025.acl-long.12", "ACL'25"), ("10.18653/v1/2025.findings-emnlp.7", "EMNLP'25 Findings"),
    ("10.18653/V1/2024.NAACL-DEMO.3", "NAACL'24 Demo"), (" 10.18653/v1/2025.acl-srw.1", "ACL'25 SRW"),
    ("10.18653/v1/2025.emnlp-industry.9", "EMNLP'25 Industry Track"), ("10.18653/v1/2024.conll-1.2", None),
    ("10.18653/v1/2025.acl-tutorials.1", None), ("10.18653/v1/2025.bionlp-main.3", None),
    ("10.18653/v1/P19-1001", None), ("10.1145/1234", None), ("", None), (None, None),
])  # fmt: skip
def test_a_doi_of_the_acl_anthology_has_its_venue(doi: str | None, venue: str | None) -> None:
    found = venue_of_doi(doi)
    assert (found and venue_text(found)) == venue
