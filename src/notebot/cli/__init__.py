"""The command line: prints, and turns results into exit codes."""

import gc
import sys

GARBAGE_THRESHOLD = 100_000
"""New objects until Python looks for reference cycles; its default of 700 costs a short command 7 % of its CPU."""


def main() -> None:
    """The console script."""
    if sys.argv[1:] == ["--version"]:
        # answered before click is imported: scripts ask for the version often, and it costs a third so
        from notebot import __version__

        print(f"notebot {__version__}")
        return
    # importing makes a hundred times as many objects as the default threshold, and all of them stay
    gc.set_threshold(GARBAGE_THRESHOLD)
    from notebot.cli.root import run

    try:
        run()
    finally:
        # at its end Python would look through all objects for cycles, which costs as much as 20 ms
        gc.freeze()
