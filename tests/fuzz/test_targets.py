"""No text from outside makes a reader raise anything but errors of our own tree."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.inputs import make_input
from fuzz.targets import TEXT_TARGETS

CRASHES = (
    "<![foo[", "<![CDATA[", "<?encoding='\udcfe'?>", "A" * 120 + " workshop at ACL 2025", "<a " * 50, "\x0b", "\ud800",
    "&#99999999999999999999;", "Mon, 16 Nov 99999999999999999999 00:00:00 -0500", "[" * 3_000, '{"a":' * 3_000, "http://[",
    "http://a:99999999/", "https://a.b/%zz", "9" * 5_000, "1e999999", "0001-01-01T00:00:00+14:00", "\x00", "\u0130", "",
)  # fmt: skip
"""Texts that broke a reader once, or are likely to."""


@pytest.mark.parametrize("name", sorted(TEXT_TARGETS))
def test_only_errors_of_our_own_leave_a_reader(name: str) -> None:
    target = TEXT_TARGETS[name]

    def read(text: str) -> None:
        try:
            target.read(text)
        except target.errors as error:
            assert str(error)

    for text in (*CRASHES, *target.seeds):
        read(text)

    @settings(
        max_examples=min(25, settings().max_examples),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(st.integers(min_value=0))
    def try_mutations(number: int) -> None:
        read(make_input(target, Random(number)))

    try_mutations()
