"""Runs the command of ``[digest] on_digest`` on a new digest, without a shell."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TIMEOUT_S = 60.0


def run_on_digest_command(command: Sequence[str], path: str, say: Callable[[str], None]) -> None:
    """Runs ``command`` with every ``{path}`` replaced; a failure is reported with ``say`` and has no other effect."""
    words = [word.replace("{path}", path) for word in command]
    try:
        # The command's output goes to stderr, because stdout is for notebot's own results.
        done = subprocess.run(words, timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"digest.on_digest could not run {words[0]}: {error}. The digest itself is written.")
        return
    if done.returncode:
        say(f"digest.on_digest: {words[0]} ended with {done.returncode}. The digest itself is written.")
