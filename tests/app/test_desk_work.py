"""How recurring work is reported."""

from datetime import timedelta

import pytest

from notebot.app.desk_work import duration


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=61), "1 h 1 min"),
        (timedelta(days=2, hours=3, minutes=4), "2 d 3 h"),
        (timedelta(days=1), "1 d"),
    ],
)
def test_a_span_in_words(span: timedelta, words: str) -> None:
    assert duration(span) == words
