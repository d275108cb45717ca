"""What `Resources` adds to stubs."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from fakes import NIGHT, entry
from notebot.app.resources import Resources
from notebot.config import load_config
from notebot.core.model.stub import Stub
from notebot.features.summaries.rules import extract
from notebot.features.topics.rules.drafting import draft_from_entry

ABSTRACT = "Proofs are long. We shorten proofs by counting steps. It works on many proofs. Cats sleep. Proofs matter."
CONFIG = """
[notebot]
contact = "curator@example.org"
[[topics]]
name = "Math"
categories = ["cs.CL"]
tags = ["Math"]
"""


@pytest.fixture
def resources(tmp_path: Path) -> Resources:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return Resources(load_config(file))


@pytest.fixture
def draft() -> Stub:
    return draft_from_entry(entry(abstract=ABSTRACT), ())


def test_the_extract_of_a_draft_is_reused_when_its_metadata_arrives(resources: Resources, draft: Stub) -> None:
    drafted = resources.enrich(draft)
    completed = resources.enrich(replace(draft, complete=True))
    assert drafted.summary is not None
    assert completed.summary is drafted.summary  # the very same object: it was not computed again


@pytest.mark.parametrize("changes", [{"abstract": "Another abstract."}, {"title": "Cats and proofs, another title"}])
def test_a_changed_abstract_or_title_gets_a_new_extract(
    resources: Resources, draft: Stub, changes: dict[str, str]
) -> None:
    resources.enrich(draft)
    completed = replace(draft, complete=True, **changes)
    assert resources.enrich(completed).summary == extract.with_extract(completed).summary


def test_extracts_of_drafts_are_freed_with_the_learned_model(resources: Resources, draft: Stub) -> None:
    drafted = resources.enrich(draft)
    resources.forget_learned()
    completed = resources.enrich(replace(draft, complete=True))
    assert completed.summary == drafted.summary
    assert completed.summary is not drafted.summary


class Failing:
    """A model that a mistake makes fail."""

    def suggest(self, stub: Stub) -> None:
        raise RuntimeError(stub.key)


@pytest.mark.makes_mistakes
def test_a_step_that_fails_costs_neither_the_stub_nor_the_other_steps(resources: Resources, draft: Stub) -> None:
    told: list[str] = []
    resources.say = told.append
    resources.__dict__["suggester"] = Failing()
    enriched = resources.enrich(replace(draft, complete=True, comment="Accepted at ACL 2026", published=NIGHT))
    assert enriched.venue.label == "ACL'26"
    assert enriched.summary is not None
    (sentence,) = told
    assert f"Finding the tags of {draft.key} failed unexpectedly (RuntimeError)" in sentence
    assert "errors.log" in sentence
