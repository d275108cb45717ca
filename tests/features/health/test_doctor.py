"""One check after another; a check that fails stops no other."""

import pytest

from notebot.core.model.errors import NotebotError, StateError, ThrottledError
from notebot.features.health.doctor import CheckResult, run_checks


def raising(error: Exception) -> str:
    raise error


def test_nothing_to_check_finds_nothing() -> None:
    assert run_checks([]) == []


@pytest.mark.parametrize("error", [StateError("The disk is full."), ThrottledError("Slow down."), NotebotError("No.")])
def test_every_check_has_its_finding_in_order_whatever_the_others_found(error: NotebotError) -> None:
    found = run_checks(
        [("first", lambda: "It is well."), ("second", lambda: raising(error)), ("third", lambda: "So is this.")]
    )
    assert found == [
        CheckResult("first", ok=True, message="It is well."),
        CheckResult("second", ok=False, message=str(error)),
        CheckResult("third", ok=True, message="So is this."),
    ]


def test_what_nobody_expects_is_not_taken_for_a_finding() -> None:
    with pytest.raises(ZeroDivisionError):
        run_checks([("first", lambda: raising(ZeroDivisionError("a bug")))])
