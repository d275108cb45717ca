"""What would be published, as files: texts to look at, and scripts that send them with GitHub's own ``gh``.

No text ever becomes part of a command: every word is quoted, and the long ones are read from files.
"""

from __future__ import annotations

import csv
import io
import shlex
from typing import TYPE_CHECKING

from notebot.features.archive.adapters.page_folder import PageFolder

if TYPE_CHECKING:
    from pathlib import Path

    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub
    from notebot.features.publishing.rules.accepted_offer import Change
    from notebot.features.publishing.rules.issue_draft import Draft

_HEAD = '#!/bin/sh\n# {what}\nset -eu\ncd "$(dirname "$0")"\n'


class OutboxFolder:
    """Implements :class:`OutboxFiles`: one folder per issue, named by the paper's id."""

    def __init__(self, folder: Path, repo: str) -> None:
        self._folder = folder
        self._files = PageFolder(folder)
        self._repo = repo

    def write_issue(self, stub: Stub, draft: Draft, new_labels: tuple[str, ...]) -> str:
        name = _safe_name(stub.arxiv_id or stub.key)
        texts = {"issue.md": draft.body}
        texts |= {f"comment-{place}.md": text for place, text in enumerate(draft.comments, 1)}
        texts["publish.sh"] = issue_script(self._repo, draft, new_labels)
        for file, text in texts.items():
            self._files.write(f"{name}/{file}", text)
        return str(self._folder / name / "publish.sh")

    def write_change(self, update: Update, title: str, change: Change) -> str:
        name = f"{update.subject}-{_safe_name(update.field)}-{update.id}"
        if change.comment:
            self._files.write(f"{name}/comment.md", change.comment)
        self._files.write(f"{name}/publish.sh", change_script(self._repo, update.subject, title, change))
        return str(self._folder / name / "publish.sh")


def issue_script(repo: str, draft: Draft, new_labels: tuple[str, ...]) -> str:
    """Opens the issue and adds its comments; what a broken-off run has sent is not sent again."""
    create = ["gh", "issue", "create", f"--repo={repo}", f"--title={draft.title}", "--body-file=issue.md"]
    create += [f"--label={_listed(label)}" for label in draft.labels]
    labels = [_command(["gh", "label", "create", f"--repo={repo}", "--", name]) + " || true" for name in new_labels]
    opened = f"test -e issue.url || {{ {_command(create)} > issue.tmp; mv issue.tmp issue.url; }}"
    comments = [_comment_line(place) for place in range(1, len(draft.comments) + 1)]
    return "\n".join(
        [_HEAD.format(what="Opens one issue, then adds its comments.") + "", *labels, opened, *comments, ""]
    )


def change_script(repo: str, number: str, title: str, change: Change) -> str:
    """Changes the note as long as its title is still the one that the change was made for."""
    view = ["gh", "issue", "view", number, f"--repo={repo}", "--json=title", "--jq=.title"]
    left = f"{{ echo {shlex.quote(f'The title of #{number} has changed; it is left.')} >&2; exit 1; }}"
    lines = [f'test "$({_command(view)})" = {shlex.quote(title)} || {left}']
    edit = [f"--title={change.title}"] if change.title else []
    edit += [f"--add-label={_listed(label)}" for label in change.add_labels]
    edit += [f"--remove-label={_listed(label)}" for label in change.remove_labels]
    if edit:
        lines.append(_command(["gh", "issue", "edit", number, f"--repo={repo}", *edit]))
    if change.comment:
        lines.append(_command(["gh", "issue", "comment", number, f"--repo={repo}", "--body-file=comment.md"]))
    return "\n".join([_HEAD.format(what="Changes one note, unless its title has changed."), *lines, ""])


def _comment_line(place: int) -> str:
    send = f'gh issue comment "$(cat issue.url)" --body-file=comment-{place}.md'
    return f"test -e comment-{place}.sent || {{ sleep 1; {send}; touch comment-{place}.sent; }}"


def _listed(label: str) -> str:
    """A label as ``gh`` reads it: its lists of labels are CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([label])
    return line.getvalue()


def _command(words: list[str]) -> str:
    return shlex.join(words)


def _safe_name(text: str) -> str:
    """A name for a folder: old arXiv ids hold a slash."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in text).strip(".")
