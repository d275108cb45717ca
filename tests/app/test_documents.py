"""The JSON documents: what they contain that the records do not."""

import msgspec
from msgspec.structs import replace

from fakes import paper
from notebot.app.documents import stub_document
from notebot.core.model.stub import Related, RelatedKind, RelatedReason, Stub
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.topics.rules.drafting import draft_from_paper

REASON = RelatedReason(RelatedKind.TAGS, ("PRM", "MoE"))


def test_the_reason_of_a_related_note_is_a_sentence() -> None:
    related = (Related(7, "New", 0.4, REASON), Related(8, "Stored by an earlier version", 0.3, "nearness 0.30"))
    stub = replace(draft_from_paper(paper(), None, ()), related=related)
    assert stub_document(stub, NoteStyle())["related"] == [
        {"number": 7, "title": "New", "score": 0.4, "why": "tags in common: PRM, MoE"},
        {"number": 8, "title": "Stored by an earlier version", "score": 0.3, "why": "nearness 0.30"},
    ]


def test_stored_reasons_of_this_version_and_earlier_ones_are_read() -> None:
    related = (Related(7, "New", 0.4, REASON), Related(8, "Old", 0.3, "ADD8K in the abstract"))
    stub = replace(draft_from_paper(paper(), None, ()), related=related)
    assert msgspec.json.decode(msgspec.json.encode(stub), type=Stub) == stub
