"""The packaged venue table and the curator's own."""

from pathlib import Path

import pytest

from notebot.core.model.errors import ConfigError
from notebot.features.venues.adapters.venue_table_file import load_venues, parse_rows
from notebot.features.venues.rules.detection import VenueKind, VenueRow, detect_venue


def test_names_in_the_packaged_table_are_unique() -> None:
    names = [row.name for row in load_venues().rows]
    assert len(names) > 250
    assert len(set(names)) == len(names)


def test_the_curators_table_adds_and_replaces_rows(tmp_path: Path) -> None:
    extra = tmp_path / "mine.tsv"
    extra.write_text(
        "# mine\n\nNLP\tconference\tNLP-J\tKettle Processing Society\nACL\tconference\tACLX\n", encoding="utf-8-sig"
    )
    table = load_venues(extra)
    venue = detect_venue("Kettle Processing Society 2025", None, table, 2025)
    assert venue is not None
    assert (venue.label, venue.in_table) == ("NLP'25", True)
    assert table.find("ACL 2025") == []


def test_a_row_has_its_spellings() -> None:
    assert parse_rows("TEA\tjournal\tTEA | ~T\t\n", "x") == (VenueRow("TEA", VenueKind.JOURNAL, ("TEA", "~T"), ()),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("TEA\tmagazine\tTEA", "conference, journal or workshop"),
        ("TEA", "the kind is ''"),
        ("\tjournal\tTEA", "a name, a kind"),
        ("TEA\tjournal\tTEA\t\tmore", "a name, a kind"),
        ("TEA\tjournal\t\t", "never be found"),
        ("TEA\tjournal\t~", "no letter"),
        ("TEA\tjournal\t12", "no letter"),
        ("TEA\tjournal\t\tThe", "small words"),
    ],
)
def test_a_malformed_line_is_reported_with_its_number(line: str, message: str, tmp_path: Path) -> None:
    extra = tmp_path / "mine.tsv"
    extra.write_text(f"# mine\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_venues(extra)
    assert f"{extra}, line 2" in str(caught.value)


def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.tsv cannot be read"):
        load_venues(tmp_path / "none.tsv")
    (tmp_path / "latin.tsv").write_bytes(b"TEA\tjournal\tTEA\tTh\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_venues(tmp_path / "latin.tsv")
    (tmp_path / "vast.tsv").write_text("#" * 1_000_001, encoding="utf-8")
    with pytest.raises(ConfigError, match="more than"):
        load_venues(tmp_path / "vast.tsv")
