"""Draws pages and stubs with Jinja2: sandboxed, strict about names, your own templates first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from notebot.core.model.errors import UsageError
from notebot.core.note_format.authors import clean_authors
from notebot.core.note_format.note_from_stub import post_lines
from notebot.core.note_format.phrases import LANGUAGES, digest_heading
from notebot.core.note_format.stub_title import NoteStyle, title_line
from notebot.core.packaged_files import packaged_path
from notebot.core.text.escaping import neutralise
from notebot.core.text.tex import collapse
from notebot.features.digests.rules.coverage_lines import coverage_lines, coverage_table, older_paper_lines
from notebot.features.digests.rules.decision_line import decision_line, explain_related
from notebot.features.digests.rules.layout import Coverage, Layout, home_topic
from notebot.features.venues.rules.venue_offer import describe_move

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    import jinja2

    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub

FORMS = {"issue": "stub_issue.txt.j2", "entry": "stub_entry.md.j2", "text": "stub_text.txt.j2"}
"""The forms of one stub, and their templates."""
TEMPLATES = ("digest.md.j2", "entry.md.j2", *FORMS.values())


def inline(text: str) -> str:
    """Text from outside as one harmless line."""
    return neutralise(collapse(text))


class JinjaRenderer:
    """See :class:`notebot.features.digests.write_digest.DigestRenderer`.

    Raises:
        UsageError: a template is missing, does not parse, or names something that does not exist;
            the message names the template and the line.
    """

    def __init__(
        self, style: NoteStyle, language: str, topics: Sequence[str], templates_dir: Path | None = None
    ) -> None:
        self._style = style
        self._words = LANGUAGES[language]
        self._topics = topics
        self._environment = self._make_environment(templates_dir)

    @property
    def other(self) -> str:
        return self._words.other

    def digest(
        self, day: date, layout: Layout, updates: Sequence[tuple[Update, Stub | None]], coverage: Coverage
    ) -> str:
        full = len(layout.stubs) - len(layout.headlines)
        return self._render(
            "digest.md.j2",
            day=day,
            heading=digest_heading(self._words, day),
            counts=self._words.counts.format(full=full, headlines=len(layout.headlines), updates=len(updates)),
            layout=layout,
            updates=updates,
            coverage=coverage,
        )

    def stub(self, form: str, stub: Stub) -> str:
        """One stub as ``issue``, ``entry`` or ``text``."""
        return self._render(FORMS[form], stub=stub)

    def check(self) -> None:
        """Parses every template, your own included."""
        for name in TEMPLATES:
            with _named_errors(name):
                self._environment.get_template(name)

    def _render(self, name: str, **values: object) -> str:
        with _named_errors(name):
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
            autoescape=False,  # the pages are Markdown; every outside text goes through `inline`
        )
        environment.filters.update(
            inline=inline,
            authors=lambda stub: clean_authors(stub.authors),
            title_line=self._title_line,
            tag_line=_tag_line,
            post_lines=post_lines,
            hints=self._decision_line,
            reason=partial(explain_related, words=self._words),
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

    def _decision_line(self, stub: Stub) -> str:
        home = home_topic(stub, self._topics, self.other)
        return decision_line(stub=stub, home=home, words=self._words, style=self._style, safe=inline)

    def _change(self, update: Update, stub: Stub | None) -> str:
        value = update.value or (title_line(stub, self._style).rest if stub else "")
        moved = describe_move(value, self._words, _quoted) if update.of_note and update.field == "venue" else None
        if moved is not None:
            return moved
        return self._words.fields[update.field.partition(" ")[0]].format(value=_quoted(value))


def _quoted(text: str) -> str:
    """Text from outside that can stand between backticks."""
    return inline(text).replace("`", "'")


def _tag_line(stub: Stub) -> str:
    if stub.curator.tags is not None:
        return " ".join(f"#{tag}" for tag in stub.curator.tags)
    guesses = {evidence.tag for evidence in stub.tag_evidence if not evidence.sure}
    return " ".join(f"#{tag}?" if tag in guesses else f"#{tag}" for tag in stub.tags)


class _named_errors:  # noqa: N801 - reads as a statement
    """Turns Jinja's errors into one sentence with the template's name and line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import jinja2

        if isinstance(error, jinja2.TemplateSyntaxError):
            where = error.filename or error.name or self._name
            raise UsageError(f"The template {where} does not parse at line {error.lineno}: {error.message}.") from error
        if isinstance(error, jinja2.TemplateNotFound):
            raise UsageError(f"There is no template {error.name}; it belongs into templates_dir.") from error
        if isinstance(error, Exception):  # a template is a program of the curator's: anything may go wrong in it
            raise UsageError(f"The template {_place(error, self._name)} cannot be drawn: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__


def _place(error: BaseException, name: str) -> str:
    """The template file and line nearest to the fault."""
    trace, found = error.__traceback__, name
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            found = f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno},"
        trace = trace.tb_next
    return found
