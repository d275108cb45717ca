"""Publishes kept stubs as issues or files of the archive, and completes those that have nothing but links."""

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
    from notebot.features.publishing.archive_port import Issue, IssueArchive
    from notebot.features.publishing.fill.link_only_issues import CuratorIssues
    from notebot.features.publishing.fill.report import FillReport
    from notebot.features.publishing.publish.report import PublishReport
    from notebot.features.publishing.publish.session import PublishRules, PublishSession


def publish(
    resources: Resources, *, dry_run: bool, new_labels: bool, only: Collection[str] | None = None
) -> PublishReport:
    """Publishes kept stubs; on a dry run, or without a token for GitHub, writes files to ``outbox/`` instead.

    Args:
        only: keys of the stubs to publish, and no offers; ``None`` for everything that waits.

    Raises:
        UsageError: no archive is configured, or GitHub has it under another name.
    """
    from notebot.features.publishing.adapters.folder_preview import FolderPreview
    from notebot.features.publishing.adapters.outbox_folder import OutboxFolder, remove_published
    from notebot.features.publishing.publish.publish_kept import publish
    from notebot.features.publishing.publish.write_scripts import write_scripts

    config, store = resources.config, resources.store
    if not config.archive.repo and config.archive_dir is None:
        raise UsageError("Publishing needs an archive; set repo in [archive] of the config, or folder.")
    rules = _publish_rules(resources, new_labels=new_labels)
    outbox = (config.path.parent if config.path else Path.cwd()) / "outbox"
    with resources.lock("publish"):
        if may_write(resources) and not dry_run:
            report = publish(_session(resources, rules), only)
            remove_published(outbox, report)
            return report
        if config.archive_dir is not None:
            return write_scripts(store, store.outbox, FolderPreview(outbox), rules, str(config.archive_dir), only)
        files = OutboxFolder(outbox, config.archive.repo)
        return write_scripts(store, store.outbox, files, rules, config.archive.repo, only)


def fill(resources: Resources, numbers: Sequence[int], *, by_hand: bool = True) -> FillReport:
    """Completes issues that contain nothing but links: the given ones, or the newest open ones.

    Raises:
        UsageError: there is no archive or no token, or GitHub has the repository under another name.
    """
    from notebot.features.publishing.adapters.github.open_issues import GitHubCuratorIssues
    from notebot.features.publishing.fill.fill_issues import fill

    archive = resources.config.archive
    if not archive.repo and resources.config.archive_dir is None:
        raise UsageError("Filling needs an archive; set repo in [archive] of the config, or folder.")
    with resources.lock("publish"):
        session = _session(resources, _publish_rules(resources, new_labels=False))
        curator: CuratorIssues
        if resources.config.archive_dir is not None:
            curator = resources.note_folder()
        else:
            token = os.environ.get(archive.token_env)
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


def note_url(resources: Resources, number: int) -> str | None:
    """The address of a note for a person: its issue, or its page here if the archive is a folder, or none."""
    archive = resources.config.archive
    if not archive.repo:
        return f"/archive/{number}" if resources.config.archive_dir else None
    # github.com has its API on a host of its own, GitHub Enterprise below /api/v3
    base = archive.github_url.rstrip("/").removesuffix("/api/v3").replace("://api.github.com", "://github.com")
    return f"{base}/{archive.repo}/issues/{number}"


def _public_address(resources: Resources, number: int) -> str:
    """The address of a note for other devices; empty for one in a folder without ``[web] public_url``."""
    address = note_url(resources, number) or ""
    base = resources.config.web.public_url.rstrip("/")
    return address if resources.config.archive.repo else f"{base}{address}" if base else ""


def may_write(resources: Resources) -> bool:
    """True if a folder, or a repository and a token for it, are configured."""
    config = resources.config
    return config.archive_dir is not None or bool(config.archive.repo and os.environ.get(config.archive.token_env))


def note_path(resources: Resources, number: int) -> Path | None:
    """The file of a note that notebot wrote, where it was when the folder was last read."""
    if resources.config.archive_dir is None:
        return None
    known = resources.store.folder_notes.all(str(resources.config.archive_dir)).get(number)
    path = resources.config.archive_dir / known.path if known else None
    return path if path is not None and path.is_file() else None


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
    # in a folder a tag exists as soon as a note has it
    return PublishRules(resources.config.note, order, new_labels or resources.config.archive_dir is not None)


def _session(resources: Resources, rules: PublishRules) -> PublishSession:
    from notebot.features.archive.import_notes import Importer
    from notebot.features.publishing.publish.session import PublishSession

    config = resources.config
    archive: IssueArchive
    if config.archive_dir is not None:
        archive = folder = resources.note_folder()
        for path in folder.finish_interrupted():
            resources.say(f"{path}: restored as it was saved while notebot wrote it.")
    else:
        archive = resources.github_writer
    source = "folder" if config.archive_dir else "github"
    other = "github" if config.archive_dir else "folder"
    importer = Importer(resources.store, resources.clock, source, archive.repo, lambda *_: None, replaces=other)
    read = partial(read_note, repo=config.archive.repo)
    return PublishSession(
        store=resources.store,
        outbox=resources.store.outbox,
        unfilled=resources.store.unfilled,
        archive=archive,
        rules=rules,
        clock=resources.clock,
        read_note=read,
        import_notes=importer.take,
        say=resources.say,
        on_published=lambda number, title: delivery.note_published(
            resources, number, title, _public_address(resources, number)
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
