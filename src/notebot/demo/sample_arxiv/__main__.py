"""``python -m notebot.demo.sample_arxiv``: serves until SIGTERM, for tests that stop and restart it."""

import argparse
import signal
import sys
import threading
from datetime import date

from notebot.demo.sample_arxiv.server import SampleArxiv


def main(arguments: list[str]) -> None:
    """Prints the base URL, serves until SIGTERM or SIGINT, and ends with exit code 0."""
    parser = argparse.ArgumentParser(prog="sample_arxiv", description="A small invented arXiv on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--day", type=date.fromisoformat, help="the current batch, YYYY-MM-DD")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with SampleArxiv(port=options.port) as arxiv:
        arxiv.day = options.day or arxiv.day
        print(arxiv.base_url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
