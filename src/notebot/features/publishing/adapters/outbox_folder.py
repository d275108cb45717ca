"""Writes what would be published as text files, with scripts that send them with GitHub's ``gh``.

No text can become part of a command: every argument is quoted, and long texts are read from files.
"""

from __future__ import annotations

import csv
import io
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.features.archive.adapters.page_folder import PageFolder

if TYPE_CHECKING:
    from pathlib import Path

    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub
    from notebot.features.publishing.publish.report import PublishReport
    from notebot.features.publishing.rules.accepted_offer import NoteChange
    from notebot.features.publishing.rules.issue_draft import Draft

_WRITTEN = regex(r"publish\.sh|issue\.md|comment(-[0-9]+)?\.md|note\.md|change\.txt")
_HEAD = '#!/bin/sh\n# {what}\nset -eu\ncd "$(dirname "$0")"\n'


class OutboxFolder:
    """Implements :class:`OutboxFiles` with one folder per issue, named by the paper's id."""

    def __init__(self, folder: Path, repo: str) -> None:
        self._folder = folder
        self._files = PageFolder(folder)
        self._repo = repo

    def write_issue(self, stub: Stub, draft: Draft, new_labels: tuple[str, ...]) -> str:
        name = safe_name(stub.arxiv_id or stub.key)
        texts = {"issue.md": draft.body}
        texts |= {f"comment-{place}.md": text for place, text in enumerate(draft.comments, 1)}
        texts["publish.sh"] = issue_script(self._repo, draft, new_labels)
        for file, text in texts.items():
            self._files.write(f"{name}/{file}", [text.encode()])
        return str(self._folder / name / "publish.sh")

    def write_change(self, update: Update, title: str, change: NoteChange) -> str:
        name = f"{update.subject}-{safe_name(update.field)}-{update.id}"
        if change.comment:
            self._files.write(f"{name}/comment.md", [change.comment.encode()])
        script = change_script(self._repo, update.subject, title, change)
        self._files.write(f"{name}/publish.sh", [script.encode()])
        return str(self._folder / name / "publish.sh")


def remove_published(folder: Path, report: PublishReport) -> None:
    """Removes what an earlier run without a token, or a dry run, wrote about what is published now.

    A script left behind would open the same issue, or add the same comment, a second time. A script that somebody has
    run stays as a record, and so does any file that notebot did not write.
    """
    for stub in report.published:
        _remove_files(folder / safe_name(stub.arxiv_id or stub.key))
    for change in report.applied:
        for path in folder.glob(f"{change.number}-{safe_name(change.field)}-*"):
            _remove_files(path)


def _remove_files(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir() or (folder / "issue.url").exists():
        return
    # a file that cannot be removed is no reason to call the publishing a failure
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if _WRITTEN.fullmatch(path.name):
                path.unlink()
        folder.rmdir()


def issue_script(repo: str, draft: Draft, new_labels: tuple[str, ...]) -> str:
    """Returns a script that creates the issue and its comments; run again, it resumes."""
    create = ["gh", "issue", "create", f"--repo={repo}", f"--title={draft.title}", "--body-file=issue.md"]
    create += [f"--label={_quote_csv(label)}" for label in draft.labels]
    # "|| true": a label that exists already is not an error
    labels = [shlex.join(["gh", "label", "create", f"--repo={repo}", "--", name]) + " || true" for name in new_labels]
    # issue.url appears only after gh succeeded, and marks the step as done
    opened = f"test -e issue.url || {{ {shlex.join(create)} > issue.tmp; mv issue.tmp issue.url; }}"
    comments = []
    for place in range(1, len(draft.comments) + 1):
        send = f'gh issue comment "$(cat issue.url)" --body-file=comment-{place}.md'
        comments.append(f"test -e comment-{place}.sent || {{ sleep 1; {send}; touch comment-{place}.sent; }}")
    return "\n".join([_HEAD.format(what="Opens one issue, then adds its comments."), *labels, opened, *comments, ""])


def change_script(repo: str, number: str, title: str, change: NoteChange) -> str:
    """Returns a script that changes the note, unless its title is no longer ``title``."""
    view = ["gh", "issue", "view", number, f"--repo={repo}", "--json=title", "--jq=.title"]
    stop = f"{{ echo {shlex.quote(f'The title of #{number} has changed; it is left.')} >&2; exit 1; }}"
    lines = [f'test "$({shlex.join(view)})" = {shlex.quote(title)} || {stop}']
    edit = [f"--title={change.title}"] if change.title else []
    edit += [f"--add-label={_quote_csv(label)}" for label in change.add_labels]
    edit += [f"--remove-label={_quote_csv(label)}" for label in change.remove_labels]
    if edit:
        lines.append(shlex.join(["gh", "issue", "edit", number, f"--repo={repo}", *edit]))
    if change.comment:
        lines.append(shlex.join(["gh", "issue", "comment", number, f"--repo={repo}", "--body-file=comment.md"]))
    return "\n".join([_HEAD.format(what="Changes one note, unless its title has changed."), *lines, ""])


def _quote_csv(label: str) -> str:
    """Quotes a label for ``gh``, which parses ``--label`` as CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([label])
    return line.getvalue()


def safe_name(text: str) -> str:
    """Returns a folder name without path separators: arXiv ids before 2007 have a slash."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in text).strip(".")
