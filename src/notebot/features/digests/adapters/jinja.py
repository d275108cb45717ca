"""Renders digests and stubs with Jinja2: sandboxed, strict about names, the curator's templates first."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import UsageError
from notebot.core.note_format.authors import clean_authors
from notebot.core.note_format.note_from_stub import post_lines
from notebot.core.note_format.phrases import LANGUAGES, digest_heading, explain_related
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.note_format.update_wording import word_change, word_reason
from notebot.core.packaged_files import packaged_path
from notebot.core.text.escaping import neutralise
from notebot.core.text.tex import collapse, readable
from notebot.features.digests.rules.coverage_lines import coverage_lines, coverage_table, older_paper_lines
from notebot.features.digests.rules.decision_line import decision_line, headline_hints
from notebot.features.digests.rules.layout import Coverage, Layout, home_topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path
    from types import CodeType

    import jinja2
    from jinja2.bccache import Bucket

    from notebot.core.model.note import Note
    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub

FORMS = {"issue": "stub_issue.txt.j2", "entry": "stub_entry.md.j2", "text": "stub_text.txt.j2"}
"""The forms of a single stub, with their templates."""
MONTHS_FROM_DAYS = 90
TEMPLATES = ("digest.md.j2", "entry.md.j2", *FORMS.values())


def inline(text: str) -> str:
    """Untrusted text as one escaped line."""
    return neutralise(collapse(text))


@cache
def _compiled_templates() -> jinja2.BytecodeCache:
    """The compiled templates of all renderers in this process, such as those of a lab's desks; one takes 20 ms."""
    import jinja2

    class Compiled(jinja2.BytecodeCache):
        def __init__(self) -> None:
            self._codes: dict[str, tuple[str, CodeType | None]] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            checksum, code = self._codes.get(bucket.key, ("", None))
            if checksum == bucket.checksum:
                bucket.code = code

        def dump_bytecode(self, bucket: Bucket) -> None:
            self._codes[bucket.key] = bucket.checksum, bucket.code

    return Compiled()


class JinjaRenderer:
    """See :class:`notebot.features.digests.write_digest.DigestRenderer`.

    Raises:
        UsageError: a template is missing, does not parse, or uses a name that does not exist; the message gives
            the template and the line.
    """

    def __init__(
        self,
        style: NoteStyle,
        language: str,
        topics: Sequence[str],
        templates_dir: Path | None = None,
        *,
        most_related: int = 2,
        desk: str = "",
    ) -> None:
        self._desk = desk
        self._most_related = most_related
        self._style = style
        self._words = LANGUAGES[language]
        self._topics = topics
        self._environment = self._make_environment(templates_dir)

    @property
    def other(self) -> str:
        return self._words.other

    def digest(
        self,
        day: date,
        layout: Layout,
        updates: Sequence[tuple[Update, Stub | None]],
        coverage: Coverage,
        still_to_read: Sequence[Note] = (),
    ) -> str:
        full = len(layout.stubs) - len(layout.headlines)
        return self._render(
            "digest.md.j2",
            day=day,
            desk=self._desk,
            heading=digest_heading(self._words, day),
            counts=self._words.counts.format(full=full, headlines=len(layout.headlines), updates=len(updates)),
            layout=layout,
            updates=[(replace(update, why=self.reason(update)), stub) for update, stub in updates],
            coverage=coverage,
            still_to_read=still_to_read,
        )

    def reason(self, update: Update) -> str:
        """Why the update was made, in the digest's language."""
        return word_reason(update.why, self._words)

    def stub(self, form: str, stub: Stub) -> str:
        """One stub as ``issue``, ``entry`` or ``text``."""
        return self._render(FORMS[form], stub=stub)

    def check(self) -> None:
        """Parses every template, including the curator's own."""
        for name in TEMPLATES:
            with _template_errors(name):
                self._environment.get_template(name)

    def _render(self, name: str, **values: object) -> str:
        with _template_errors(name):
            return self._environment.get_template(name).render(words=self._words, **values)

    def _make_environment(self, templates_dir: Path | None) -> jinja2.Environment:
        import jinja2
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        folders = [folder for folder in (templates_dir, packaged_path("templates")) if folder is not None]
        environment = ImmutableSandboxedEnvironment(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            # HTML escaping would be wrong: the pages are Markdown. All untrusted text goes through `inline`.
            autoescape=False,
            # no filter is called while compiling, because compiled templates are shared and filters are not
            optimized=False,
            bytecode_cache=_compiled_templates(),
        )
        # Templates of the curator use these names, so they are part of the contract.
        environment.filters.update(
            inline=inline,
            authors=lambda stub: clean_authors(stub.authors),
            title_line=self._title_line,
            tag_line=_tag_line,
            post_lines=post_lines,
            labelled_posts=self._labelled_posts,
            readable=readable,
            age=self._age,
            headline_hints=self._headline_hints,
            by_topic=self._by_topic,
            hints=self._decision_line,
            related=lambda stub: stub.related[: self._most_related],
            reason=partial(explain_related, phrases=self._words),
            change=self._change,
            account=partial(coverage_lines, words=self._words, safe=inline),
            table=partial(coverage_table, words=self._words),
            older_lines=partial(older_paper_lines, words=self._words, safe=inline),
        )
        return environment

    def _title_line(self, stub: Stub, form: str = "whole") -> str:
        line = title_line(stub, self._style)
        rest = inline(line.rest)
        return f"{line.prefix} {rest}" if line.prefix and form == "whole" else rest

    def _labelled_posts(self, stub: Stub) -> list[tuple[str, str]]:
        """The posts as in a note, with their labels in the digest's language."""
        return [(self._words.post_label(label), post) for label, post in post_lines(stub)]

    def _age(self, note: Note, day: date) -> str:
        """How long ago the note was made, in days or, after three months, in months."""
        days = (day - note.issue_date).days if note.issue_date else 0
        if days < MONTHS_FROM_DAYS:
            return self._words.days_ago.format(count=days)
        return self._words.months_ago.format(count=days * 12 // 365)

    def _by_topic(self, stubs: Sequence[Stub]) -> list[tuple[str, list[Stub]]]:
        groups = groupby(stubs, key=lambda stub: home_topic(stub, self._topics, self.other))
        return [(topic, list(of_topic)) for topic, of_topic in groups]

    def _headline_hints(self, stub: Stub) -> str:
        home = home_topic(stub, self._topics, self.other)
        return headline_hints(stub, home, self._words, inline)

    def _decision_line(self, stub: Stub) -> str:
        home = home_topic(stub, self._topics, self.other)
        return decision_line(stub=stub, home=home, words=self._words, style=self._style, safe=inline)

    def _change(self, update: Update, stub: Stub | None) -> str:
        line = title_line(stub, self._style).rest if stub else ""
        return word_change(update.change, self._words, _quoted, line)


def _quoted(text: str) -> str:
    """Untrusted text, escaped for use between backticks."""
    return inline(text).replace("`", "'")


def _tag_line(stub: Stub) -> str:
    if stub.curator.tags is not None:
        return " ".join(f"#{tag}" for tag in stub.curator.tags)
    guesses = {evidence.tag for evidence in stub.tag_evidence if not evidence.sure}
    return " ".join(f"#{tag}?" if tag in guesses else f"#{tag}" for tag in stub.tags)


@contextmanager
def _template_errors(name: str) -> Iterator[None]:
    """Turns any error of a template into a ``UsageError`` with the template's name and line."""
    import jinja2

    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        where = error.filename or error.name or name
        raise UsageError(f"The template {where} does not parse at line {error.lineno}: {error.message}.") from error
    except jinja2.TemplateNotFound as error:
        raise UsageError(f"There is no template {error.name}; put it into templates_dir.") from error
    except Exception as error:  # A template is the curator's own program, so anything can go wrong in it.
        # The innermost frame of a template is the nearest to the fault.
        place, trace = name, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.endswith(".j2"):
                place = f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno},"
            trace = trace.tb_next
        reason = str(error).rstrip(".") or type(error).__name__
        raise UsageError(f"The template {place} cannot be rendered: {reason}.") from error
