"""The command line: prints, and turns results into exit codes."""

import sys


def main() -> None:
    """The console script."""
    if sys.argv[1:] == ["--version"]:
        # answered before click is imported: scripts ask for the version often, and it costs a third so
        from notebot import __version__

        print(f"notebot {__version__}")
        return
    from notebot.cli.root import run

    run()
