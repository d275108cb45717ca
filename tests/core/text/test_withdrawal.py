"""A withdrawal is one of this paper as a whole (rules.md 7.9)."""

import csv

import pytest

from notebot.core.text.withdrawal import is_withdrawn
from paths import REAL_DATA

WITHDRAWN = [
    "This paper has been withdrawn",
    "This paper (arXiv:2401.00001) has been withdrawn by the author(s) due to an error in Lemma 2",
    "Paper is withdrawn and superseded by a newer one",
    "withdrawn by arXiv administrators",
    "Withdrawn from arXiv",
    "12 pages. Withdrawn.",
    "12 pages, withdrawn due to an error",
    "8 pages. Retracted temporarily",
    "The manuscript is being withdrawn to add experiments",
    "We would therefore like to withdraw the paper and resubmit it later",
    "The authors withdraw this work",
    "We have withdrawn it because of a mistake",
    "The numbers do not match, therefore the paper needs to be retracted",
    "We respectfully request the withdrawal of this preprint",
    "We have decided to revise the paper and request its withdrawal",
    "We left the conference; withdrawing it from arXiv is the right step",
    "This paper has been withdrawn. Accepted at ICML 2024",
]
NOT_WITHDRAWN = [
    None,
    "",
    "12 pages",
    "Withdrawn from ICLR 2026; 12 pages",
    "This paper was withdrawn from ICLR 2026",
    "We withdrew the paper from NeurIPS",
    "Withdraw by ICML and prepare for ICLR",
    "An earlier submission to ACL was withdrawn; this is the extended version",
    "The first version of this paper has been withdrawn",
    "Accepted at ACL 2026. v1 was withdrawn by mistake",
    "The data set of our earlier paper was withdrawn",
    "Code for the model that was withdrawn by its vendor; 9 pages",
    "Supersedes arXiv:2401.00001, which has been withdrawn",
    "Supersedes arXiv:2401.00001, withdrawn due to an error",
    "Retracted papers: a data set of 2,000 articles",
    "We study how authors withdraw their papers",
]


@pytest.mark.parametrize("comment", WITHDRAWN)
def test_a_withdrawn_paper(comment: str) -> None:
    assert is_withdrawn(comment)


@pytest.mark.parametrize("comment", NOT_WITHDRAWN)
def test_something_else_that_was_withdrawn(comment: str | None) -> None:
    assert not is_withdrawn(comment)


def test_real_comments() -> None:
    file = REAL_DATA / "field" / "withdrawn.tsv"
    if not file.exists():
        pytest.skip("the real material is not here")
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) >= 8
    assert [row["comment"] for row in rows if is_withdrawn(row["comment"]) != (row["withdrawn"] == "yes")] == []
