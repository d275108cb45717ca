"""What an event says, before it is rendered for a kind of target; no text in it is escaped yet."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class MessageEntry(Struct, frozen=True):
    """One paper of a digest; addresses are empty or plain http(s)."""

    key: str
    topic: str
    in_full: bool
    title: str
    url: str
    authors: str
    categories: str
    hints: str
    """Venue, matched words, warnings: what helps to decide, on one line."""
    summary: str
    tags: str
    page_url: str
    """The paper on the review page; empty without ``[web] public_url``."""
    keep_url: str
    """Where the decision is confirmed; opening it changes nothing."""


class Message(Struct, frozen=True):
    """The content of a message."""

    type: str
    """The event's name in JSON: ``digest.written``, ``note.published``, ``alert.raised``, ``alert.over``, ``test``."""
    subject: str
    lines: tuple[str, ...]
    """Paragraphs before the entries; the first one says what happened."""
    link: str = ""
    """The page to open; empty if there is none."""
    warnings: tuple[str, ...] = ()
    """What a digest says is missing, shown in bold."""
    entries: tuple[MessageEntry, ...] = ()
    data: dict[str, Any] = {}
    """The event as JSON for programs."""
    language: str = "en"
    failed: bool = False
    """A health service is to be warned."""
    started: bool = False
    """A health service is to start its clock."""
