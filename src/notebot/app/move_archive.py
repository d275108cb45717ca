"""Copies the archive from GitHub into a folder, or from the folder to GitHub."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from notebot.app.resources import Resources
    from notebot.core.ports import Progress
    from notebot.features.publishing.move_archive import MoveReport

_CURSOR = "move-archive"


def move_archive(resources: Resources, target: str, progress: Progress, *, dry_run: bool) -> MoveReport:
    """Copies the configured archive: a repository to the folder ``target``, a folder to the repository ``target``.

    Raises:
        UsageError: no archive is configured, the target is malformed or is the archive itself, or notes are still
            being published.
        ServiceError: GitHub did not answer; what was copied before stays.
    """
    config = resources.config
    if not config.archive.repo and config.archive_dir is None:
        raise UsageError("There is no archive to copy; set repo in [archive] of the config, or folder.")
    with resources.lock("publish"):
        if resources.store.outbox.begun():
            raise UsageError("A note was published in part; run `notebot publish` first, so that it is copied whole.")
        if config.archive_dir is not None:
            return _to_github(resources, target, progress, dry_run=dry_run)
        return _to_folder(resources, Path(target), dry_run=dry_run)


def _to_folder(resources: Resources, target: Path, *, dry_run: bool) -> MoveReport:
    from notebot.config.checks import archive_folder_problems
    from notebot.features.publishing.adapters.github import GitHubIssues
    from notebot.features.publishing.move_archive import MoveReport, copy_to_folder

    config, notes = resources.config, resources.store.notes
    folder, archive = target.expanduser().resolve(), config.archive
    taken = {"state_dir": config.state_dir, "digest_dir": config.digest_dir, "pages_dir": config.pages_dir}
    for problem in archive_folder_problems(folder, taken):
        raise UsageError(problem.replace("archive.folder: ", ""))
    token = os.environ.get(archive.token_env) or None
    github = GitHubIssues(resources.http, archive.github_url, archive.repo, token, archive.token_env)
    name = f"{archive.repo} {folder}"

    def save(cursor: str) -> None:
        with resources.store.transaction():
            notes.move_cursor(_CURSOR, name, cursor)

    report = MoveReport(archive.repo, str(folder))
    pages = github.changed_since(None if dry_run else notes.cursor(_CURSOR, name))
    copy_to_folder(pages, resources.note_folder(folder), report, save, dry_run=dry_run)
    return report


def _to_github(resources: Resources, target: str, progress: Progress, *, dry_run: bool) -> MoveReport:
    from notebot.features.publishing.move_archive import MoveReport, copy_to_issues

    folder, notes = resources.note_folder(), resources.store.notes
    writer = resources.github_writer_of(target)
    name = f"{folder.repo} {target}"

    def save(number: int) -> None:
        with resources.store.transaction():
            notes.move_cursor(_CURSOR, name, str(number))

    report = MoveReport(folder.repo, target)
    copy_to_issues(
        folder,
        writer,
        report,
        int(notes.cursor(_CURSOR, name) or 0),
        save,
        dry_run=dry_run,
        progress=lambda done, total: progress("notes", done, total),
    )
    return report
