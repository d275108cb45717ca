from hypothesis import given
from hypothesis import strategies as st

from notebot.core.text.patterns import to_lower_case


@given(st.text() | st.text("Iİıßẞſ\u212aΣσς"))
def test_lower_case_keeps_every_character_at_its_place(text: str) -> None:
    lower = to_lower_case(text)
    assert len(lower) == len(text)
    assert all(small == letter.lower()[0] or small in "σς" for small, letter in zip(lower, text, strict=True))
