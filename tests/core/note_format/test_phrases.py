"""The phrases in both languages."""

from datetime import date

from msgspec.structs import fields

from notebot.core.note_format.phrases import EN, JA, Phrases, digest_heading


def test_both_languages_have_all_phrases() -> None:
    for field in fields(Phrases):
        assert getattr(JA, field.name)
        assert getattr(EN, field.name)
    assert JA.fields.keys() == EN.fields.keys()
    assert JA.found_in.keys() == EN.found_in.keys()


def test_a_heading_names_day_and_weekday() -> None:
    assert digest_heading(JA, date(2026, 5, 13)) == "2026-05-13 (水) 論文ダイジェスト"
    assert digest_heading(EN, date(2026, 5, 17)) == "2026-05-17 (Sun) paper digest"
