"""The curator's archive: in, searched, out."""

from __future__ import annotations

import os
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from notebot.app.incoming import Incoming
from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.core.model.note import Note
    from notebot.core.ports import Progress
    from notebot.features.archive.import_notes import ImportReport
    from notebot.features.archive.rules.audit import AuditFinding
    from notebot.features.archive.rules.tag_page import PageRules
    from notebot.features.archive.tag_pages import PagesReport
    from notebot.features.intake.fetch import Fetched
    from notebot.features.publishing.adapters.github import GitHubWriter
    from notebot.features.publishing.fill import FillReport, Followed
    from notebot.features.publishing.github_port import Issue
    from notebot.features.publishing.publish import PublishReport, PublishRules, Session


class Archive(Incoming):
    """What is done with the archive."""

    def import_file(self, kind: str, path: Path, progress: Progress) -> ImportReport:
        """Notes from a file or folder of one of the archive's forms.

        Raises:
            UsageError: it cannot be read, or is of another form.
        """
        from notebot.features.archive.adapters import formats as archive_formats
        from notebot.features.archive.import_notes import Importer

        readers = {
            "gh": archive_formats.read_gh,
            "agent-docs": archive_formats.read_agent_docs,
            "notes": archive_formats.read_notes,
            "seed-text": archive_formats.read_seed_text,
            "page": archive_formats.read_page,
        }
        reading = readers[kind](path)
        importer = Importer(self.store, self.clock, kind, path.name, progress)
        importer.take(reading.notes)
        importer.keep_raw(reading.unread)
        return importer.report

    def import_github(self, repo: str, progress: Progress) -> ImportReport:
        """The archive live from GitHub; every page read is stored, and a later run goes on from there.

        Raises:
            UsageError: the repository's name or the token has no proper form.
            ServiceError: GitHub did not answer; what was read before is kept.
        """
        from notebot.features.archive.import_notes import Importer
        from notebot.features.publishing.adapters.github import GitHubIssues

        archive = self.config.archive
        token = os.environ.get(archive.token_env) or None
        github = GitHubIssues(self.http, archive.github_url, repo, token, archive.token_env)
        importer = Importer(self.store, self.clock, "github", repo, progress)
        for page in github.changed_since(self.store.notes.cursor("github", repo)):
            notes = [_read_note(issue, page.repo) for issue in page.issues]
            importer.take(notes, page.cursor)
        return importer.report

    def publish(self, *, dry_run: bool, new_labels: bool) -> PublishReport:
        """Kept stubs become issues; without a token, or on a dry run, files instead.

        Raises:
            UsageError: no repository is configured, or GitHub has it under another name.
        """
        from notebot.features.publishing.adapters.outbox_folder import OutboxFolder
        from notebot.features.publishing.publish import publish, write_files

        archive = self.config.archive
        if not archive.repo:
            raise UsageError("Publishing needs the archive's repository; set repo in [archive] of the config.")
        rules = self._publish_rules(new_labels=new_labels)
        with self.lock("publish"):
            if dry_run or not os.environ.get(archive.token_env):
                folder = (self.config.path.parent if self.config.path else Path.cwd()) / "outbox"
                files = OutboxFolder(folder, archive.repo)
                return write_files(self.store, self.store.outbox, files, rules, archive.repo)
            return publish(self._session(rules))

    def fill(self, numbers: Sequence[int], *, by_hand: bool = True) -> FillReport:
        """Issues that hold nothing but links become notes in place: these, or those of the newest open ones.

        Raises:
            UsageError: there is no repository or no token, or GitHub has the repository under another name.
        """
        from notebot.features.publishing.adapters.github.open_issues import OpenedByCurator
        from notebot.features.publishing.fill import fill

        if not self.config.archive.repo:
            raise UsageError("Filling needs the archive's repository; set repo in [archive] of the config.")
        with self.lock("publish"):
            session = self._session(self._publish_rules(new_labels=False))
            archive, token = self.config.archive, os.environ.get(self.config.archive.token_env)
            curator = OpenedByCurator(self.http, archive.github_url, archive.repo, token, archive.token_env)
            return fill(session, curator, lambda ids: self._drafts(ids, by_hand=by_hand), self._followed, numbers)

    @cached_property
    def _followed(self) -> Followed:
        from notebot.features.publishing.fill import Followed

        return Followed(self._posts(None).read, self.clock)

    @property
    def may_write(self) -> bool:
        """Whether there is a repository, and a token for it."""
        return bool(self.config.archive.repo and os.environ.get(self.config.archive.token_env))

    def _drafts(self, ids: Sequence[str], *, by_hand: bool) -> list[Fetched]:
        from notebot.features.intake.fetch import Fetch

        papers = self.gated_papers(self.store, by_hand)
        return Fetch(papers, None, self.config.topics, self.enrich, self.clock).run(ids, self.today(), None, save=False)

    def _publish_rules(self, *, new_labels: bool) -> PublishRules:
        from notebot.features.archive.import_notes import known_tags
        from notebot.features.publishing.publish import PublishRules

        order = known_tags(self.store.notes.all(), self.config.topics)
        return PublishRules(self.config.note, order, new_labels)

    def _session(self, rules: PublishRules) -> Session:
        from notebot.features.publishing.publish import Session

        outbox, github = self.store.outbox, self.github_writer
        read = partial(_read_note, repo=self.config.archive.repo)
        return Session(self.store, outbox, github, rules, self.clock, read, self.say)

    def export(self, form: str) -> str:
        """Notes and kept stubs as ``md``, ``bibtex``, ``gh`` or ``atom``."""
        from notebot.features.archive import export
        from notebot.features.venues.rules.detection import VenueKind

        store, style, repo = self.store, self.config.note, self.config.archive.repo or None
        if form == "bibtex":
            journals = {row.name for row in self.venues.rows if row.kind is VenueKind.JOURNAL}
            return export.export_bibtex(store, style, journals)
        if form == "gh":
            return export.export_gh(store, repo)
        return export.export_atom(store, style, repo) if form == "atom" else export.export_markdown(store, style)

    @cached_property
    def github_writer(self) -> GitHubWriter:
        """The archive's repository, for one who may write.

        Raises:
            UsageError: its name, its address or the token cannot be so.
        """
        from notebot.config import is_loopback
        from notebot.features.publishing.adapters.github import WRITE_PACE_S, GitHubWriter, WritePace

        archive = self.config.archive
        # on this machine a test may keep its own pace; GitHub itself never sees a faster one
        pace_s = min(WRITE_PACE_S, self.config.arxiv.pace_s) if is_loopback(archive.github_url) else WRITE_PACE_S
        pace = WritePace(self.config.state_dir, pace_s, self.stop)
        token = os.environ.get(archive.token_env)
        return GitHubWriter(self.http, archive.github_url, archive.repo, token, archive.token_env, pace)

    def search(self, words: str, tag: str | None) -> list[Note]:
        """Notes that hold all the words."""
        from notebot.features.archive.import_notes import search

        return search(self.store, self.config.note, words, tag)

    def pages(self) -> PagesReport:
        """Writes every tag's page that has changed, in all forms."""
        from notebot.features.archive.adapters.page_folder import PageFolder
        from notebot.features.archive.import_notes import all_notes
        from notebot.features.archive.tag_pages import Pages

        notes = all_notes(self.store, self.config.note)
        with self.lock("digest"):
            return Pages(notes, self._page_rules(notes), PageFolder(self.config.pages_dir), self.store.pages).run()

    def page_text(self, tag: str, form: str) -> str:
        """One tag's page.

        Raises:
            UsageError: no note has this tag, or it is hidden.
        """
        from notebot.features.archive.import_notes import all_notes
        from notebot.features.archive.tag_pages import page_text

        notes = all_notes(self.store, self.config.note)
        return page_text(tag, form, notes, self._page_rules(notes))

    def _page_rules(self, notes: Sequence[Note]) -> PageRules:
        from notebot.features.archive.import_notes import known_tags
        from notebot.features.archive.rules.tag_page import PageRules

        archive = self.config.archive
        order = known_tags(notes, self.config.topics)
        return PageRules(order, frozenset(archive.hidden_tags), archive.repo or None)

    def duplicates(self) -> list[tuple[Note, ...]]:
        """Papers that are noted twice."""
        from notebot.features.archive.import_notes import all_notes
        from notebot.features.archive.rules.merge import noted_twice

        return noted_twice(all_notes(self.store, self.config.note))

    def audit(self) -> list[AuditFinding]:
        """Untidy notes; what is news stands in the next digests' Updates."""
        from notebot.features.archive.audit_archive import audit
        from notebot.features.archive.rules.audit import sure_abbreviations

        abbreviations = sure_abbreviations(self.venues.rows)
        return audit(self.store, self.clock, self.config.archive.hidden_tags, abbreviations)


def _read_note(issue: Issue, repo: str) -> Note:
    from notebot.features.archive.adapters.formats import note_from_issue

    return note_from_issue(
        number=issue.number,
        title=issue.title,
        body=issue.body,
        labels=issue.labels,
        created_at=issue.created_at,
        comments=issue.comments,
        state=issue.state,
        repo=repo,
    )
