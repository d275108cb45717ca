"""File edits, commands, undo and collect in random order, against a model: the newest decision wins."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace as replaced

from features.digests.curator_desk import CuratorDesk, Edit
from notebot.core.model.errors import MoveError
from notebot.core.model.stub import StubStatus, stub_key
from notebot.features.digests.moves import MOVES

QUEUED, DIGESTED, KEPT, SKIPPED = StubStatus
COMMENTS = ("", "Alpha beta gamma.", "Another wholly different remark", "三つ目の感想です")
PAPERS = st.integers(0, 2)


@dataclass(frozen=True)
class State:
    """What the model says about one paper."""

    status: StubStatus = DIGESTED
    comment: str = ""


@dataclass(frozen=True)
class Made:
    """One decision: the paper, what it replaced, and whether it came from the file."""

    paper: int
    before: State
    after: State
    in_file: bool
    unread: bool = False
    """Made elsewhere while the file had changes that were not read yet: it counts as newer than those."""


@dataclass
class Model:
    """What the rules say, in a few lines that share nothing with notebot."""

    papers: list[State] = field(default_factory=lambda: [State()] * 3)
    file: list[Edit] = field(default_factory=lambda: [Edit()] * 3)
    read: list[Edit] = field(default_factory=lambda: [Edit()] * 3)
    text_read: list[Edit] = field(default_factory=lambda: [Edit()] * 3)
    batches: list[list[Made]] = field(default_factory=list)
    since: list[Made] = field(default_factory=list)
    """Decisions made elsewhere since the file was last read."""

    def decide(self, paper: int, *, in_file: bool = False, **changes: object) -> Made:
        before = self.papers[paper]
        self.papers[paper] = replace(before, **changes)  # type: ignore[arg-type]
        made = Made(paper, before, self.papers[paper], in_file, unread=self.text() != self.text_read)
        if not in_file:
            self.batches.append([made])
            self.since.append(made)
        return made

    def undo(self) -> None:
        for made in self.batches.pop():
            now = self.papers[made.paper]
            status = now.status if made.before.status is made.after.status else made.before.status
            comment = now.comment if made.before.comment == made.after.comment else made.before.comment
            self.papers[made.paper] = State(status, comment)
            self.since = [other for other in self.since if other is not made]

    def collect(self) -> None:
        batch = []
        for paper, (read, edit) in enumerate(zip(self.read, self.file, strict=True)):
            # An entry that is gone says nothing; what it said before is compared with when it is put back.
            said = replace(read, deleted=True) if edit.deleted else edit
            if said != read:
                made = self._settle(paper, read, said)
                if made.before != made.after:
                    batch.append(made)
            self.read[paper] = said
        if batch:
            self.batches.append(batch[::-1])
        self.since = []
        self.text_read = self.text()

    def text(self) -> list[Edit]:
        """What stands in the file."""
        return [Edit(deleted=True) if edit.deleted else edit for edit in self.file]

    def _settle(self, paper: int, read: Edit, edit: Edit) -> Made:
        newer = [made for made in self.since if made.paper == paper and made.unread]
        moved_elsewhere = any(made.before.status is not made.after.status for made in newer)
        changes: dict[str, object] = {}
        if edit.comment != read.comment and not any(made.before.comment != made.after.comment for made in newer):
            changes["comment"] = edit.comment
        target = self._target(paper, wish(read), wish(edit))
        if target is not None and not moved_elsewhere:
            changes["status"] = target
        return self.decide(paper, in_file=True, **changes)

    def _target(self, paper: int, was: StubStatus, wanted: StubStatus) -> StubStatus | None:
        status = self.papers[paper].status
        if wanted is KEPT or (wanted is SKIPPED and was is not SKIPPED):
            return wanted
        if wanted is was or status is not was:
            return None
        moves = [
            made
            for batch in self.batches
            for made in batch
            if made.paper == paper and made.before.status is not made.after.status
        ]
        return DIGESTED if moves and moves[-1].in_file else None


def wish(edit: Edit) -> StubStatus:
    """What the entry of the file asks for; ``DIGESTED`` if it is untouched."""
    if edit.deleted:
        return SKIPPED
    return KEPT if edit.ticked or edit.comment else DIGESTED


class Decisions(RuleBasedStateMachine):
    """The real store, the real file and the real reader beside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.desk = CuratorDesk(self.folder)
        self.model = Model()
        self.typed: set[str] = set()

    def teardown(self) -> None:
        self.desk.store.close()
        shutil.rmtree(self.folder)

    @rule(paper=PAPERS, ticked=st.booleans())
    def tick(self, paper: int, ticked: bool) -> None:
        self._edit(paper, ticked=ticked)

    @rule(paper=PAPERS, comment=st.sampled_from(COMMENTS))
    def write(self, paper: int, comment: str) -> None:
        self._edit(paper, comment=comment)

    @rule(paper=PAPERS, deleted=st.booleans())
    def delete(self, paper: int, deleted: bool) -> None:
        self._edit(paper, deleted=deleted)

    def _edit(self, paper: int, **changes: object) -> None:
        self.model.file[paper] = replace(self.model.file[paper], **changes)  # type: ignore[arg-type]
        self.desk.edit(self.desk.ids[paper], **changes)

    @rule(paper=PAPERS, verb=st.sampled_from(sorted(MOVES)))
    def command(self, paper: int, verb: str) -> None:
        target, allowed = MOVES[verb]
        status = self.model.papers[paper].status
        if status in allowed:
            self.model.decide(paper, status=target)
        try:
            self.desk.move(verb, self.desk.ids[paper])
        except MoveError:
            assert status not in {target, *allowed}

    @rule(paper=PAPERS, comment=st.sampled_from(COMMENTS[1:]))
    def type_on_the_page(self, paper: int, comment: str) -> None:
        if self.model.papers[paper].comment != comment:
            self.model.decide(paper, comment=comment)
        stub = self.desk.stub(self.desk.ids[paper])
        self.desk.moves("page").decide(stub.key, "edit", curator=replaced(stub.curator, comment=comment))

    @precondition(lambda self: any(paper.status is QUEUED for paper in self.model.papers))
    @rule()
    def digest(self) -> None:
        self.model.papers = [
            replace(paper, status=DIGESTED) if paper.status is QUEUED else paper for paper in self.model.papers
        ]
        self.desk.write_digest()

    @rule()
    def undo(self) -> None:
        if self.model.batches:
            self.model.undo()
            assert self.desk.undo()
        else:
            try:
                self.desk.undo()
            except MoveError:
                return
            raise AssertionError("nothing was left to take back")

    @rule()
    def collect(self) -> None:
        dry = self.desk.collect(dry_run=True)
        self.model.collect()
        report = self.desk.collect()
        assert (report.problem, report.changes) == (None, dry.changes)
        assert self.desk.collect().changed == 0

    @precondition(lambda self: not any(edit.deleted for edit in self.model.file))
    @rule()
    def collect_half_a_file(self) -> None:
        """Of an untouched half nothing can be taken, and nothing of the other half may be lost."""
        whole = self.desk.path.read_text(encoding="utf-8")
        if self.model.text() != self.model.text_read:
            return
        before = self.desk.statuses()
        self.desk.save(whole[: whole.index(f"<!-- nb {self.desk.ids[1]} -->")])
        report = self.desk.collect()
        assert report.problem
        assert (report.changed, self.desk.statuses()) == (0, before)
        self.desk.save(whole)
        assert self.desk.collect().changed == 0
        self.model.since = []

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        for arxiv_id, state in zip(self.desk.ids, self.model.papers, strict=True):
            stub = self.desk.stub(arxiv_id)
            assert (stub.status, stub.curator.comment or "") == (state.status, state.comment)

    @invariant()
    def nothing_that_was_typed_is_lost(self) -> None:
        """Every comment that a stub ever had is in its history, whatever replaced it."""
        for arxiv_id in self.desk.ids:
            stub = self.desk.stub(arxiv_id)
            if stub.curator.comment:
                self.typed.add(f"{arxiv_id} {stub.curator.comment}")
            recorded = {
                f"{arxiv_id} {choice.curator.comment}"
                for made in self.desk.store.decisions.of(stub_key(arxiv_id))
                for choice in (made.before, made.after)
                if choice is not None
            }
            assert {typed for typed in self.typed if typed.startswith(arxiv_id)} <= recorded


STEPS = int(os.environ.get("NOTEBOT_MACHINE_STEPS", "240"))
"""In all; a long run sets it higher."""
Decisions.TestCase.settings = settings(
    max_examples=max(1, STEPS // 30),
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.generate],  # shrinking takes minutes with a real database
    suppress_health_check=list(HealthCheck),
)
TestDecisions = Decisions.TestCase
