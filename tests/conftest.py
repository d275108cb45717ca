"""What the whole run prints at its end."""

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The fault matrix, gathered from every worker: lost/doubled after each fault."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    marks = [value for each in reports for name, value in each.user_properties if name == "fault"]
    if marks:
        from acceptance.test_faults import matrix

        terminalreporter.section("faults")
        terminalreporter.write_line("\n".join(matrix({tuple(value[:3]): tuple(value[3:]) for value in marks})))
