"""The phrases in both languages."""

from datetime import date

import pytest
from msgspec.structs import fields

from notebot.core.model.stub import RelatedKind, RelatedReason
from notebot.core.note_format.phrases import EN, JA, Phrases, digest_heading, explain_related


def test_both_languages_have_all_phrases() -> None:
    for field in fields(Phrases):
        assert getattr(JA, field.name)
        assert getattr(EN, field.name)
    assert JA.fields.keys() == EN.fields.keys()
    assert JA.found_in.keys() == EN.found_in.keys()
    assert JA.related_why.keys() == EN.related_why.keys() == set(RelatedKind)


def test_a_heading_names_day_and_weekday() -> None:
    assert digest_heading(JA, date(2026, 5, 13)) == "2026-05-13 (水) 論文ダイジェスト"
    assert digest_heading(EN, date(2026, 5, 17)) == "2026-05-17 (Sun) paper digest"


@pytest.mark.parametrize(
    ("why", "ja", "en"),
    [
        (RelatedReason(RelatedKind.LINKED), "ノートでリンク済み", "linked in your notes"),
        (
            RelatedReason(RelatedKind.INTRODUCES, ("FrontierMath",), "abstract"),
            "要旨の「FrontierMath」を提案",
            "introduces FrontierMath, named in the abstract",
        ),
        (RelatedReason(RelatedKind.TAGS, ("PRM", "MoE")), "共通のタグ: PRM, MoE", "tags in common: PRM, MoE"),
        (RelatedReason(RelatedKind.WORDS, ("{bead}",)), "共通の語: {bead}", "words in common: {bead}"),
        ("nearness 0.31", "nearness 0.31", "nearness 0.31"),
    ],
)
def test_the_reason_of_a_related_note_is_in_the_digests_language(why: RelatedReason | str, ja: str, en: str) -> None:
    assert (explain_related(why, JA), explain_related(why, EN)) == (ja, en)
