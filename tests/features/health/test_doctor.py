"""Tests that checks run one after another, and that a failing check does not stop the others."""

import pytest

from notebot.core.model.errors import NotebotError, StateError, ThrottledError
from notebot.features.health.doctor import CheckResult, run_checks


def raising(error: Exception) -> str:
    raise error


def test_no_checks_give_no_results() -> None:
    assert run_checks([]) == []


@pytest.mark.parametrize("error", [StateError("The disk is full."), ThrottledError("Slow down."), NotebotError("No.")])
def test_every_check_has_a_result_in_order_although_others_fail(error: NotebotError) -> None:
    found = run_checks(
        [("first", lambda: "It is well."), ("second", lambda: raising(error)), ("third", lambda: "So is this.")]
    )
    assert found == [
        CheckResult("first", ok=True, message="It is well."),
        CheckResult("second", ok=False, message=str(error)),
        CheckResult("third", ok=True, message="So is this."),
    ]
