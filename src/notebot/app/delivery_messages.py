"""Puts an event into words, with what the store knows about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from notebot.app.cards import make_card
from notebot.core.model.errors import NotFoundError
from notebot.core.note_format.phrases import digest_heading
from notebot.core.text.escaping import restore
from notebot.features.delivery.rules.events import (
    AlertEvent,
    DigestRound,
    DigestWritten,
    NotePublished,
    RoundPhase,
    TrialMessage,
)
from notebot.features.delivery.rules.message import Message, MessageEntry
from notebot.features.delivery.rules.plain_text import one_line
from notebot.features.delivery.rules.wording import words_of

if TYPE_CHECKING:
    from notebot.app.resources import Resources
    from notebot.core.model.offer import DigestPlan
    from notebot.core.model.stub import Stub
    from notebot.features.delivery.rules.events import Event

# a longer list is not read in a mail; the digest itself has all of them
_MOST_WARNINGS = 20


def make_message(resources: Resources, event: Event) -> Message:
    """The message about an event, in the language of the digests.

    Raises:
        NotFoundError: the digest is not in the store any more.
    """
    match event:
        case DigestWritten(name):
            return _digest_message(resources, name)
        case NotePublished():
            return _published_message(resources, event)
        case AlertEvent():
            return _alert_message(resources, event)
        case DigestRound():
            return _round_message(resources, event)
        case TrialMessage():
            language = resources.config.digest.language
            words = words_of(language)
            return Message("test", words["test"], (words["test_line"],), _page(resources, "/"), language=language)


def _digest_message(resources: Resources, name: str) -> Message:
    config, phrases = resources.config, resources.phrases
    plan = resources.store.digests.written_plan(name)
    if plan is None:
        raise NotFoundError(f"The digest {name} is not in the database any more.")
    words = words_of(config.digest.language)
    stubs = [stub for key in plan.keys if (stub := resources.store.stubs.get(key)) is not None]
    entries = tuple(_entry(resources, stub, in_full=place < config.digest.full) for place, stub in enumerate(stubs))
    heading = digest_heading(phrases, plan.issue_date)
    full = sum(entry.in_full for entry in entries)
    account, warnings = _coverage(plan)
    counts = phrases.counts.format(full=full, headlines=len(entries) - full, updates=len(plan.update_ids))
    return Message(
        type="digest.written",
        subject=words["digest_subject" if entries else "digest_empty"].format(heading=heading, count=len(entries)),
        lines=tuple(line for line in (counts.strip(" ·・"), *account, words["file"].format(name=name)) if line),
        link=_page(resources, "/"),
        warnings=tuple(warnings),
        entries=entries,
        data={
            "name": name,
            "date": plan.issue_date,
            "url": _page(resources, f"/digests/{name.removesuffix('.md')}") or None,
            "updates": len(plan.update_ids),
            "warnings": warnings,
            "entries": [_entry_data(stub, entry) for stub, entry in zip(stubs, entries, strict=True)],
        },
        language=config.digest.language,
    )


def _entry(resources: Resources, stub: Stub, *, in_full: bool) -> MessageEntry:
    from notebot.features.digests.rules.layout import home_topic

    config = resources.config
    card = make_card(stub, 0, config, config.digest.language)
    matched = resources.phrases.matched.format(terms=", ".join(card.terms)) if card.terms else ""
    hints = (card.venue_why, matched, *card.marks, *card.warnings)
    path = quote(stub.key.removeprefix("arxiv:"), safe="/:")
    topics = [topic.name for topic in config.topics]
    return MessageEntry(
        key=stub.key,
        topic=one_line(home_topic(stub, topics, resources.phrases.other), 100),
        in_full=in_full,
        title=one_line(card.title, 400),
        url=card.url,
        authors=one_line(card.authors, 300),
        categories=one_line(card.categories, 200),
        hints=one_line(" · ".join(hint for hint in hints if hint), 600),
        summary=one_line(card.summary),
        tags=one_line(" ".join(f"#{tag.name}{'?' if tag.guess else ''}" for tag in card.tags), 300),
        page_url=_page(resources, f"/papers/{path}"),
        keep_url="" if config.web.read_only else _page(resources, f"/keep/{path}"),
    )


def _entry_data(stub: Stub, entry: MessageEntry) -> dict[str, Any]:
    """The stable keys of docs/delivery.md; those that a stub's JSON document has too are named as there."""
    return {
        "key": stub.key,
        "arxiv_id": stub.arxiv_id,
        "title": stub.title,
        "title_line": entry.title,
        "url": entry.url or None,
        "authors": stub.authors,
        "categories": stub.categories,
        "topics": stub.topics,
        "tags": stub.tags,
        "in_full": entry.in_full,
        "page_url": entry.page_url or None,
    }


def _coverage(plan: DigestPlan) -> tuple[list[str], list[str]]:
    """The first sentence of the digest's Coverage, and what it says in bold.

    It is read from the digest's text, because the numbers of a past day are stored nowhere else.
    """
    _, heading, section = plan.text.partition("\n## Coverage\n")
    lines = [line.strip() for line in section.partition("<")[0].splitlines() if line.strip()] if heading else []
    plain = [one_line(restore(line).replace("**", ""), 600) for line in lines[: _MOST_WARNINGS + 1]]
    warnings = [text for text, line in zip(plain, lines, strict=False) if "**" in line]
    return ([plain[0]] if plain and plain[0] not in warnings else []), warnings


def _published_message(resources: Resources, event: NotePublished) -> Message:
    language = resources.config.digest.language
    words = words_of(language)
    title = one_line(event.title, 400)
    return Message(
        type="note.published",
        subject=words["published"].format(number=event.number, title=title),
        lines=(words["published_line"],),
        link=event.url,
        data={"number": event.number, "title": event.title, "url": event.url},
        language=language,
    )


def _alert_message(resources: Resources, event: AlertEvent) -> Message:
    language = resources.config.digest.language
    words, word = words_of(language), "over" if event.over else "alert"
    since = f"{event.since.astimezone(resources.config.timezone):%Y-%m-%d %H:%M}"
    values = {"subject": one_line(event.subject, 100), "since": since}
    lines = [words[f"{word}_{event.kind}_line"].format(**values), one_line(event.detail, 600)]
    return Message(
        type=f"alert.{'over' if event.over else 'raised'}",
        subject=words[f"{word}_{event.kind}"].format(**values),
        lines=tuple(line for line in lines if line),
        link=_page(resources, "/health"),
        data={
            "kind": str(event.kind),
            "subject": event.subject,
            "since": event.since,
            "detail": event.detail,
        },
        language=language,
        failed=not event.over,
    )


def _round_message(resources: Resources, event: DigestRound) -> Message:
    language = resources.config.digest.language
    return Message(
        type=f"round.{event.phase}",
        subject=words_of(language)[f"round_{event.phase}"],
        lines=(one_line(event.detail, 600),) if event.detail else (),
        language=language,
        failed=event.phase is RoundPhase.FAILED,
        started=event.phase is RoundPhase.STARTED,
    )


def _page(resources: Resources, path: str) -> str:
    """An address on the review page; empty without ``[web] public_url``."""
    base = resources.config.web.public_url.rstrip("/")
    return f"{base}{path}" if base else ""
