"""What reaches the terminal: colours by choice, no control characters, no remarks with --quiet."""

import io
import sys

import click
import pytest

from notebot.cli.terminal import QUIET, TerminalStream, guard_terminal, inform, use_colour

UNSET = {"NO_COLOR": "", "FORCE_COLOR": "", "TERM": "xterm"}


@pytest.mark.parametrize(
    ("choice", "environment", "expected"),
    [
        ("auto", {}, None),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"FORCE_COLOR": "1"}, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", {"TERM": "dumb"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_are_chosen(
    choice: str, environment: dict[str, str], expected: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**UNSET, **environment}.items():
        monkeypatch.setenv(name, value)
    assert use_colour(choice) is expected


@pytest.mark.parametrize(
    "hostile",
    ["\x1b]0;title\x07", "\x1b[2J", "\x9b2J", "\x1bc", "a\rb", "\u202egnp.exe", "\u2066x\u2069", "\x00", "\x08"],
)
def test_nothing_acts_on_a_terminal(hostile: str) -> None:
    screen = io.BytesIO()
    stream = TerminalStream(screen, encoding="utf-8")
    stream.write(f"{hostile}\tcell\n\x1b[32mgreen\x1b[0m")
    stream.flush()
    shown = screen.getvalue().decode()
    rest = shown.replace("\x1b[32mgreen\x1b[0m", "").replace("\t", "").replace("\n", "")
    assert rest.isprintable()
    assert shown.endswith("\tcell\n\x1b[32mgreen\x1b[0m")


def test_a_pipe_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", pipe)
    guard_terminal()
    assert sys.stdout is pipe


def test_quiet_prints_no_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    with click.Context(click.Command("x")) as context:
        inform("shown")
        context.meta[QUIET] = True
        inform("not shown")
    assert capsys.readouterr().err == "shown\n"
