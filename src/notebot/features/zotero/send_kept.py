"""Sends kept papers to Zotero, each once, and updates the items while their owner has not changed them.

Whatever happens between two requests, no paper gets two items: a paper's item key follows from its arXiv id, a new
item is sent with version 0, which Zotero refuses if the key exists, and a request carries a write token that is stored
before it is sent. After an interruption the library is asked which items there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import BadAnswerError, NotebotError, ServiceError, StateError
from notebot.core.model.run_record import RunRecord
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.supervisor import supervised
from notebot.features.zotero.library_port import MOST_ITEMS, Failure, TokenUsedError, TooLargeError
from notebot.features.zotero.rules.item import draft_item, is_ours, item_key, plan_update
from notebot.features.zotero.rules.sent_item import SentItem, SentState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from notebot.core.model.stub import Stub
    from notebot.core.ports import Clock, Notes, Runs, Stubs
    from notebot.features.zotero.library_port import FoundItem, Library
    from notebot.features.zotero.rules.item import ItemDraft

_CHANGED = 412
"""Zotero's code for an item that has changed since, or exists already."""


class ZoteroItems(Protocol):
    """What was sent, one entry per library and paper."""

    def of_library(self, library: str) -> dict[str, SentItem]:
        """The entries of one library, by the stub's key."""

    def put(self, item: SentItem, at: datetime) -> None:
        """Inserts or replaces an entry."""


class ZoteroStore(Protocol):
    """What sending reads and writes."""

    @property
    def stubs(self) -> Stubs: ...
    @property
    def notes(self) -> Notes: ...
    @property
    def runs(self) -> Runs: ...

    def transaction(self) -> AbstractContextManager[None]: ...


class SentPaper(Struct, frozen=True):
    """A paper whose item was created or changed, or would be."""

    arxiv_id: str
    item_key: str
    title: str
    fields: tuple[str, ...] = ()
    """Of an update: the fields that changed."""


class ZoteroProblem(Struct, frozen=True):
    """What went wrong with one paper, or with the library."""

    subject: str
    kind: str
    message: str


class ZoteroReport(Struct):
    """The outcome of one run."""

    library: str
    sent: list[SentPaper] = []
    updated: list[SentPaper] = []
    left: list[SentPaper] = []
    """Papers with new values for ``fields`` that the owner of the library has changed; these stay."""
    troubles: list[ZoteroProblem] = []
    waiting: int = 0
    """Papers that were not sent because the run had to stop."""


class _KeptPaper(Struct, frozen=True):
    stub: Stub
    draft: ItemDraft


@dataclass(kw_only=True)
class ZoteroSender:
    """One run over all kept papers."""

    store: ZoteroStore
    items: ZoteroItems
    library: Library
    collection: str
    """The key of the collection that new items are put into; empty for none."""
    style: NoteStyle
    clock: Clock
    dry_run: bool = False
    new_token: Callable[[], str] = lambda: token_hex(16)
    report: ZoteroReport = field(init=False)

    def __post_init__(self) -> None:
        self.report = ZoteroReport(self.library.name)

    def run(self) -> ZoteroReport:
        """Sends what is new, and updates what has changed; without either, no request is made.

        A paper that Zotero refuses is reported, and the others are sent. If the library cannot be reached, or refuses
        the key, the run stops and is continued by the next one.

        Raises:
            StateError: the store cannot be used.
        """
        started = self.clock()
        papers = self._kept_papers()
        known = self.items.of_library(self.library.name)
        states = {paper.stub.key: known[paper.stub.key].state for paper in papers if paper.stub.key in known}
        unsure = [paper for paper in papers if states.get(paper.stub.key) is SentState.SENDING]
        new = [paper for paper in papers if states.get(paper.stub.key, SentState.PLANNED) is SentState.PLANNED]
        changed = [
            paper
            for paper in papers
            if states.get(paper.stub.key) is SentState.DONE and paper.draft != known[paper.stub.key].draft
        ]
        if self.dry_run:
            self.report.sent = [_sent_paper(paper, self._entry(paper)) for paper in [*unsure, *new]]
            self.report.updated = [_sent_paper(paper, known[paper.stub.key]) for paper in changed]
            return self.report
        if not (unsure or new or changed):
            return self.report
        steps = [
            *((self._send_again, batch) for batch in _batches(unsure)),
            *((self._send, batch) for batch in _batches(new)),
            *((self._update, batch) for batch in _batches(changed)),
        ]
        for place, (step, batch) in enumerate(steps):
            try:
                with supervised(f"Sending to {self.library.name}"):
                    step(batch, known)
            except ServiceError as error:
                self.report.troubles.append(ZoteroProblem(self.library.name, error.kind, str(error)))
                self.report.waiting += len(batch)
                # an answer that cannot be used may concern this batch alone; any other failure concerns all
                if not isinstance(error, BadAnswerError):
                    self.report.waiting += sum(len(later) for _, later in steps[place + 1 :])
                    break
        self._record_run(started)
        return self.report

    def _kept_papers(self) -> list[_KeptPaper]:
        """Kept papers on arXiv whose metadata is known, the oldest first; one that cannot be drafted is reported."""
        papers = []
        for stub in reversed(self.store.stubs.all(StubStatus.KEPT)):
            if stub.arxiv_id and stub.complete:
                try:
                    with supervised(stub.arxiv_id):
                        notes = self.store.notes.of_paper(stub.arxiv_id)
                        line = notes[0].title_line if notes else title_line(stub, self.style).text
                        papers.append(_KeptPaper(stub, draft_item(stub, line)))
                except StateError:
                    raise
                except NotebotError as error:
                    self._trouble(stub, error.kind, str(error))
        return papers

    def _send(self, papers: Sequence[_KeptPaper], known: dict[str, SentItem]) -> None:
        """Creates the items of papers that have none."""
        token = self.new_token()
        # stored before the request, so that an interrupted run knows what may have been written
        self._put(known, [replace(self._entry(paper), state=SentState.SENDING, token=token) for paper in papers])
        self._create(papers, known, token)

    def _send_again(self, papers: Sequence[_KeptPaper], known: dict[str, SentItem]) -> None:
        """Continues an interrupted run: items that are there are finished, the others are sent."""
        present = self.library.find([known[paper.stub.key].item_key for paper in papers])
        missing = [paper for paper in papers if not self._adopt(paper, known, present)]
        if missing:
            # the version 0 of each item keeps a late request of the interrupted run from writing it twice
            self._send(missing, known)

    def _create(self, papers: Sequence[_KeptPaper], known: dict[str, SentItem], token: str) -> None:
        entries = [known[paper.stub.key] for paper in papers]
        documents = [entry.draft.document(entry.item_key, self.collection) for entry in entries]
        try:
            failures = self.library.create(documents, token)
        except TokenUsedError:
            failures = dict.fromkeys(range(len(papers)), Failure(_CHANGED, "the request was received before"))
        except TooLargeError as error:
            if len(papers) > 1:
                middle = len(papers) // 2
                self._send(papers[:middle], known)
                self._send(papers[middle:], known)
                return
            failures = {0: Failure(413, str(error))}
        created = [replace(entry, state=SentState.DONE, token="", why="") for entry in entries]
        self._put(known, [entry for place, entry in enumerate(created) if place not in failures])
        self.report.sent += [
            _sent_paper(paper, known[paper.stub.key]) for place, paper in enumerate(papers) if place not in failures
        ]
        existing = [papers[place] for place, failure in failures.items() if failure.code == _CHANGED]
        present = self.library.find([known[paper.stub.key].item_key for paper in existing]) if existing else {}
        for place, failure in failures.items():
            paper = papers[place]
            if failure.code != _CHANGED or not self._adopt(paper, known, present):
                why = f"Zotero refuses the item (code {failure.code}: {failure.message})"
                self._put(known, [replace(known[paper.stub.key], state=SentState.PLANNED, token="", why=why)])
                self._trouble(paper.stub, "refused", why)

    def _adopt(self, paper: _KeptPaper, known: dict[str, SentItem], present: dict[str, FoundItem]) -> bool:
        """Finishes the entry of a paper whose item exists; False if it does not exist."""
        entry = known[paper.stub.key]
        item = present.get(entry.item_key)
        if item is None:
            return False
        if is_ours(paper.stub.key, item.data):
            self._put(known, [replace(entry, state=SentState.DONE, token="", why="")])
            self.report.sent.append(_sent_paper(paper, entry))
        else:
            self._leave(paper, known, f"another item has the key {entry.item_key}, and is left as it is")
        return True

    def _update(self, papers: Sequence[_KeptPaper], known: dict[str, SentItem]) -> None:
        """Changes the fields that the owner of the library has not changed."""
        present = self.library.find([known[paper.stub.key].item_key for paper in papers])
        writes: list[tuple[_KeptPaper, dict[str, object]]] = []
        for paper in papers:
            entry = known[paper.stub.key]
            item = present.get(entry.item_key)
            if item is None or item.data.get("deleted"):
                self._leave(paper, known, "its item was deleted in Zotero; it is not sent again")
            elif not is_ours(paper.stub.key, item.data):
                self._leave(paper, known, "its item no longer has the line of notebot in Extra; it is left as it is")
            else:
                update = plan_update(entry.draft, paper.draft, item.data)
                if update.kept:
                    self.report.left.append(_sent_paper(paper, entry, update.kept))
                if update.changes:
                    writes.append((paper, {"key": entry.item_key, "version": item.version, **update.changes}))
                else:
                    self._put(known, [replace(entry, draft=paper.draft, why="")])
        if writes:
            self._write_updates(writes, known)

    def _write_updates(
        self, writes: Sequence[tuple[_KeptPaper, dict[str, object]]], known: dict[str, SentItem]
    ) -> None:
        try:
            failures = self.library.update([document for _, document in writes])
        except TooLargeError as error:
            if len(writes) > 1:
                middle = len(writes) // 2
                self._write_updates(writes[:middle], known)
                self._write_updates(writes[middle:], known)
                return
            failures = {0: Failure(413, str(error))}
        for place, (paper, document) in enumerate(writes):
            entry = known[paper.stub.key]
            failure = failures.get(place)
            if failure is None:
                self._put(known, [replace(entry, draft=paper.draft, why="")])
                fields = tuple(name for name in document if name not in ("key", "version"))
                self.report.updated.append(_sent_paper(paper, entry, fields))
            elif failure.code == _CHANGED:
                self._trouble(
                    paper.stub, "refused", "its item was changed in Zotero meanwhile; the next run looks again"
                )
            else:
                self._trouble(
                    paper.stub, "refused", f"Zotero refuses the change (code {failure.code}: {failure.message})"
                )

    def _entry(self, paper: _KeptPaper) -> SentItem:
        key = paper.stub.key
        library = self.library.name
        return SentItem(library, key, item_key(library, key), SentState.PLANNED, paper.draft)

    def _leave(self, paper: _KeptPaper, known: dict[str, SentItem], why: str) -> None:
        self._put(known, [replace(known[paper.stub.key], state=SentState.LEFT, token="", why=why)])
        self._trouble(paper.stub, "refused", why)

    def _put(self, known: dict[str, SentItem], entries: Sequence[SentItem]) -> None:
        with self.store.transaction():
            for entry in entries:
                self.items.put(entry, self.clock())
                known[entry.key] = entry

    def _trouble(self, stub: Stub, kind: str, message: str) -> None:
        self.report.troubles.append(ZoteroProblem(stub.arxiv_id, kind, message))

    def _record_run(self, started: datetime) -> None:
        report = self.report
        status = "partial" if report.troubles or report.waiting else "ok"
        detail = f"sent={len(report.sent)} updated={len(report.updated)} troubles={len(report.troubles)}"
        with self.store.transaction():
            self.store.runs.add(RunRecord("zotero", started, self.clock(), status, detail=detail))


def _batches(papers: Sequence[_KeptPaper]) -> list[Sequence[_KeptPaper]]:
    return [papers[place : place + MOST_ITEMS] for place in range(0, len(papers), MOST_ITEMS)]


def _sent_paper(paper: _KeptPaper, entry: SentItem, fields: tuple[str, ...] = ()) -> SentPaper:
    return SentPaper(paper.stub.arxiv_id, entry.item_key, paper.draft.title, fields)
