"""The page, the digest file and the command decide the same papers in random order, and the command may be killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from acceptance.command import Desk
from notebot.core.model.stub import StubStatus
from web.served_desk import ServedDesk

PAPERS = st.integers(0, 2)
VERBS = st.sampled_from(("keep", "skip"))
TARGETS = {"keep": StubStatus.KEPT, "skip": StubStatus.SKIPPED}


class WaysToDecide(RuleBasedStateMachine):
    """One desk, served, with a digest of its three papers."""

    @initialize()
    def open_desk(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        nowhere = dict.fromkeys(("feed_url", "api_url", "oai_url"), "http://127.0.0.1:9")
        self.served = ServedDesk(self.folder, sections={"arxiv": {**nowhere}})
        self.command = Desk(self.folder, nowhere)
        self.command.ok("digest")
        (self.file,) = self.command.digests()
        self.closing = ExitStack()
        self.browser = self.closing.enter_context(self.served.serving()).browser()
        self.expected = self.served.statuses()
        self.decided = [0, 0, 0]

    def teardown(self) -> None:
        if hasattr(self, "closing"):
            self.closing.close()
            self.served.store.close()
            shutil.rmtree(self.folder)

    def _expect(self, paper: int, status: StubStatus) -> None:
        self.decided[paper] += self.expected[paper] is not status
        self.expected[paper] = status

    @rule(paper=PAPERS, verb=VERBS)
    def on_the_page(self, paper: int, verb: str) -> None:
        answer = self.browser.decide(self.served.keys[paper], verb)
        assert answer.status_code in (303, 409)
        if answer.status_code == 303:
            self._expect(paper, TARGETS[verb])

    @rule(paper=PAPERS)
    def in_the_file(self, paper: int) -> None:
        before, mark, after = self.file.read_text("utf-8").partition(f"<!-- nb 2605.{paper + 1:05d} -->")
        entry, end, rest = after.partition("<!-- nb ")
        ticked = entry.replace("- [ ] keep", "- [x] keep", 1)
        self.file.write_text(before + mark + ticked + end + rest, "utf-8")
        self.command.ok("collect")
        if ticked != entry:
            self._expect(paper, StubStatus.KEPT)

    @rule(paper=PAPERS, verb=VERBS, delay_s=st.floats(0, 0.8))
    def by_a_command_that_may_be_killed(self, paper: int, verb: str, delay_s: float) -> None:
        key = self.served.keys[paper]
        with self.command.start_forked("queue", verb, key.removeprefix("arxiv:")) as running:
            running.process.join(delay_s)
        status = self.served.stub(key).status
        assert status in (self.expected[paper], TARGETS[verb])  # wholly or not at all
        self._expect(paper, status)

    @invariant()
    def the_newest_decision_wins_and_each_is_recorded_once(self) -> None:
        if not hasattr(self, "expected"):
            return
        assert self.served.statuses() == self.expected
        for key, count in zip(self.served.keys, self.decided, strict=True):
            moved = [made for made in self.served.store.decisions.of(key) if made.moved]
            moved.sort(key=lambda made: made.id)
            assert len(moved) == count
            chain = [StubStatus.DIGESTED, *(made.after.status for made in moved if made.after)]
            assert [made.before.status for made in moved if made.before] == chain[:-1]
            assert self.served.stub(key).status is chain[-1]


STEPS = int(os.environ.get("NOTEBOT_MACHINE_STEPS", "60"))
"""In all; a long run sets it higher."""
WaysToDecide.TestCase.settings = settings(
    max_examples=max(1, STEPS // 20),
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TestWaysToDecide = pytest.mark.slow(WaysToDecide.TestCase)
