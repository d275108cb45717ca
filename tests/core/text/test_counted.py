import pytest

from notebot.core.text.counted import counted


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 notes"), (1, "1 note"), (2, "2 notes"), (6500, "6,500 notes"), (1.0, "1 note"), (1.5, "1.5 notes")],
)
def test_a_number_and_its_noun_agree(number: float, shown: str) -> None:
    assert counted(number, "note") == shown


def test_a_plural_of_its_own() -> None:
    assert counted(1, "category", "categories") == "1 category"
    assert counted(2, "category", "categories") == "2 categories"
