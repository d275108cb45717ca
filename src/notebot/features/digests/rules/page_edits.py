"""The fields of a stub as texts that the curator edits on the review page, and the way back.

Only a field whose text was changed counts: a machine may have learned more about the others in the meantime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.post import PostKind
from notebot.core.model.post_address import canonical_post, find_urls
from notebot.core.note_format.issue_body import normalise_line_ends
from notebot.core.note_format.note_from_stub import post_lines
from notebot.core.note_format.stub_title import title_line
from notebot.core.text.patterns import regex
from notebot.core.text.tex import collapse
from notebot.features.summaries.rules.extract import EXTRACTIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notebot.core.model.stub import Curator, Stub
    from notebot.core.note_format.stub_title import NoteStyle

FIELDS = ("title_line", "tags", "summary", "comment", "posts", "related")
"""The fields of the form, in their order on the page."""
_BETWEEN_TAGS = regex(r"[\s,、，]+")
_NUMBER = regex(r"[1-9][0-9]{0,8}")


def editable_fields(stub: Stub, style: NoteStyle) -> dict[str, str]:
    """The texts of the fields as they are now; a guessed tag ends with ``?``, as in a digest."""
    fields = {
        "title_line": title_line(stub, style).text,
        "tags": " ".join(tags_with_guesses(stub)),
        "summary": stub.curator.fields.get("summary", _generated_summary(stub)),
        "comment": stub.curator.comment or "",
        "posts": "\n".join(f"{label} {url}" for label, url in post_lines(stub)),
        "related": " ".join(f"#{number}" for number in stub.curator.related),
    }
    # Browsers send a form back with these changes, which the curator has not made.
    return {name: normalise_line_ends(text).replace("\0", "\ufffd") for name, text in fields.items()}


def tags_with_guesses(stub: Stub) -> tuple[str, ...]:
    """The curator's tags, or the suggested ones with a ``?`` after each guess."""
    if stub.curator.tags is not None:
        return stub.curator.tags
    guesses = {evidence.tag for evidence in stub.tag_evidence if not evidence.sure}
    return tuple(f"{tag}?" if tag in guesses else tag for tag in stub.tags)


def changed_fields(stub: Stub, typed: Mapping[str, str], style: NoteStyle) -> dict[str, str]:
    """Those of the typed texts that differ from the stub's."""
    now = editable_fields(stub, style)
    return {name: typed[name] for name in FIELDS if name in typed and typed[name] != now[name]}


def with_typed_fields(stub: Stub, typed: Mapping[str, str], style: NoteStyle) -> Stub:
    """The stub with the fields that were changed.

    A title line that is empty, or what notebot would write, is notebot's again. An empty summary leaves it out.
    """
    curator, posts = stub.curator, stub.posts
    for name, text in changed_fields(stub, typed, style).items():
        if name == "title_line":
            own = dict(curator.fields)
            own.pop(name, None)
            line = collapse(text)
            written = title_line(replace(stub, curator=replace(curator, fields=own)), style).text
            curator = replace(curator, fields=own if line in ("", written) else {**own, name: line})
        elif name == "summary":
            own = {name: value for name, value in curator.fields.items() if name != "summary"}
            # what notebot would publish anyway is not the curator's: a later summary may replace it
            is_generated = text.strip() == _generated_summary(stub).strip()
            curator = replace(curator, fields=own if is_generated else {**own, "summary": text.strip()})
        elif name == "comment":
            curator = replace(curator, comment=text if text.strip() else None)
        elif name == "tags":
            curator = replace(curator, tags=parse_tags(text))
        elif name == "posts":
            posts, curator = _with_posts(stub, curator, text)
        else:
            curator = replace(curator, related=parse_numbers(text))
    return replace(stub, curator=curator, posts=posts)


def parse_tags(text: str) -> tuple[str, ...]:
    """The tags in a text, each once, separated by blanks or commas, with or without ``#``; guesses are not taken."""
    words = (word.lstrip("#＃") for word in _BETWEEN_TAGS.split(text))
    return tuple(dict.fromkeys(word for word in words if word and not word.endswith(("?", "？"))))


def parse_numbers(text: str) -> tuple[int, ...]:
    """The numbers of notes in a text, each once."""
    return tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(text)))


def parse_posts(text: str) -> tuple[tuple[str, str], ...]:
    """URL and label of each post: one per line, after the label; without one it is a source post."""
    posts: dict[str, str] = {}
    for line in text.splitlines():
        urls = find_urls(line)
        label = line[: max(line.find(urls[0]), 0)].strip(" \t\u3000<(:：") if urls else ""
        for url in urls:
            posts.setdefault(canonical_post(url) or url, f"{label}:" if label else PostKind.SOURCE.words)
    return tuple(posts.items())


def _generated_summary(stub: Stub) -> str:
    """The summary that would be published; an extract is shown in digests only."""
    return stub.summary.text if stub.summary and stub.summary.by != EXTRACTIVE else ""


def _with_posts(stub: Stub, curator: Curator, text: str) -> tuple[tuple[str, ...], Curator]:
    posts = parse_posts(text)
    suggested = dict(stub.post_words)
    # `元ポスト:` is the default; it is stored only where it replaces another label.
    words = tuple((url, label) for url, label in posts if label != suggested.get(url, PostKind.SOURCE.words))
    return tuple(url for url, _ in posts), replace(curator, post_words=words)
