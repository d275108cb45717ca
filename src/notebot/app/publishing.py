"""Publishes kept stubs as GitHub issues, and completes link-only issues."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from notebot.app import delivery
from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from notebot.app.resources import Resources
    from notebot.core.model.note import Note
    from notebot.core.model.stub import Stub
    from notebot.features.intake.fetch import Fetched
    from notebot.features.publishing.archive_port import Issue
    from notebot.features.publishing.fill.report import FillReport
    from notebot.features.publishing.publish.report import PublishReport
    from notebot.features.publishing.publish.session import PublishRules, PublishSession


def publish(
    resources: Resources, *, dry_run: bool, new_labels: bool, only: Collection[str] | None = None
) -> PublishReport:
    """Publishes kept stubs as issues; without a token, or on a dry run, writes files instead.

    Args:
        only: keys of the stubs to publish, and no offers; ``None`` for everything that waits.

    Raises:
        UsageError: no repository is configured, or GitHub has it under another name.
    """
    from notebot.features.publishing.adapters.outbox_folder import OutboxFolder
    from notebot.features.publishing.publish.publish_kept import publish
    from notebot.features.publishing.publish.write_scripts import write_scripts

    archive = resources.config.archive
    if not archive.repo:
        raise UsageError("Publishing needs the archive's repository; set repo in [archive] of the config.")
    rules = _publish_rules(resources, new_labels=new_labels)
    with resources.lock("publish"):
        if dry_run or not os.environ.get(archive.token_env):
            folder = (resources.config.path.parent if resources.config.path else Path.cwd()) / "outbox"
            files = OutboxFolder(folder, archive.repo)
            return write_scripts(resources.store, resources.store.outbox, files, rules, archive.repo, only)
        return publish(_session(resources, rules), only)


def fill(resources: Resources, numbers: Sequence[int], *, by_hand: bool = True) -> FillReport:
    """Completes issues that contain nothing but links: the given ones, or the newest open ones.

    Raises:
        UsageError: there is no repository or no token, or GitHub has the repository under another name.
    """
    from notebot.features.publishing.adapters.github.open_issues import GitHubCuratorIssues
    from notebot.features.publishing.fill.fill_issues import fill

    if not resources.config.archive.repo:
        raise UsageError("Filling needs the archive's repository; set repo in [archive] of the config.")
    with resources.lock("publish"):
        session = _session(resources, _publish_rules(resources, new_labels=False))
        archive, token = resources.config.archive, os.environ.get(resources.config.archive.token_env)
        curator = GitHubCuratorIssues(resources.http, archive.github_url, archive.repo, token, archive.token_env)
        return fill(
            session, curator, lambda ids: _drafts(resources, ids, by_hand=by_hand), resources.followed_posts, numbers
        )


def waiting_stubs(resources: Resources) -> list[Stub]:
    """Kept stubs that are not published, or not with all their comments; the oldest first."""
    from notebot.features.publishing.publish.publish_kept import waiting_stubs

    return waiting_stubs(resources.store.stubs, resources.store.outbox)


def waiting_offers(resources: Resources) -> int:
    """The number of accepted offers on notes that are not applied yet."""
    return len(resources.store.outbox.accepted())


def issue_url(resources: Resources, number: int) -> str:
    """The address of an issue of the archive, for a person."""
    archive = resources.config.archive
    # github.com has its API on a host of its own, GitHub Enterprise below /api/v3
    base = archive.github_url.rstrip("/").removesuffix("/api/v3").replace("://api.github.com", "://github.com")
    return f"{base}/{archive.repo}/issues/{number}"


def may_write(resources: Resources) -> bool:
    """True if a repository and a token for it are configured."""
    return bool(resources.config.archive.repo and os.environ.get(resources.config.archive.token_env))


def _drafts(resources: Resources, ids: Sequence[str], *, by_hand: bool) -> list[Fetched]:
    from notebot.features.intake.fetch import PaperFetcher

    papers = resources.gated_papers(resources.store, by_hand)
    fetcher = PaperFetcher(
        api=papers, store=None, topics=resources.config.topics, enrich=resources.enrich, clock=resources.clock
    )
    return fetcher.fetch(ids, resources.today(), None, save=False)


def _publish_rules(resources: Resources, *, new_labels: bool) -> PublishRules:
    from notebot.features.archive.import_notes import known_tags
    from notebot.features.publishing.publish.session import PublishRules

    order = known_tags(resources.store.notes.all(), resources.config.topics)
    return PublishRules(resources.config.note, order, new_labels)


def _session(resources: Resources, rules: PublishRules) -> PublishSession:
    from notebot.features.archive.import_notes import Importer
    from notebot.features.publishing.publish.session import PublishSession

    importer = Importer(resources.store, resources.clock, "github", resources.config.archive.repo, lambda *_: None)
    outbox, archive = resources.store.outbox, resources.github_writer
    read = partial(read_note, repo=resources.config.archive.repo)
    return PublishSession(
        store=resources.store,
        outbox=outbox,
        unfilled=resources.store.unfilled,
        archive=archive,
        rules=rules,
        clock=resources.clock,
        read_note=read,
        import_notes=importer.take,
        say=resources.say,
        on_published=lambda number, title: delivery.note_published(
            resources, number, title, issue_url(resources, number)
        ),
    )


def read_note(issue: Issue, repo: str) -> Note:
    """Reads an issue of the archive as a note."""
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
