"""A kept paper as a Zotero item, and what of it may change later.

Fields are those of Zotero's item type *preprint*. The field *extra* has lines of ours, which Zotero reads as citation
variables (``Type:``, ``container-title:``), between lines of the library's owner.
"""

from __future__ import annotations

import unicodedata
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from notebot.core.note_format.authors import clean_authors
from notebot.core.note_format.note_from_stub import confirmed_tags
from notebot.core.note_format.title_line import parse_title_line, sort_year
from notebot.core.text.escaping import remove_hidden
from notebot.core.text.tex import collapse, readable
from notebot.features.archive.rules.bibtex_names import OTHERS, family_and_given, split_authors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notebot.core.model.stub import Stub

KEY_LETTERS = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
"""The characters of an object key: digits and capitals without 0, 1 and O (Zotero's web API, object keys)."""
_KEY_LENGTH = 8
_ARXIV_DOI = "10.48550/arXiv."
_PREPRINT = "arxiv"
_LONGEST_NAME = 255
"""Zotero refuses an item with a longer name or tag."""


class Creator(Struct, frozen=True):
    """An author: a person with two names, or a group with one."""

    last: str
    first: str = ""
    is_group: bool = False

    def document(self) -> dict[str, str]:
        """As Zotero's API has it."""
        if self.is_group:
            return {"creatorType": "author", "name": self.last}
        return {"creatorType": "author", "firstName": self.first, "lastName": self.last}


class ItemDraft(Struct, frozen=True):
    """An item as notebot writes it."""

    title: str
    creators: tuple[Creator, ...]
    abstract: str
    date: str
    """``YYYY-MM-DD``, or empty."""
    doi: str
    url: str
    archive_id: str
    """``arXiv:2504.02807``"""
    marks: tuple[str, ...]
    """Our lines of *extra*; the first identifies the paper and says that notebot wrote the item."""
    tags: tuple[str, ...] = ()

    @property
    def changeable(self) -> dict[str, Any]:
        """The fields that are updated while the library's owner has not changed them."""
        return {
            "title": self.title,
            "creators": [creator.document() for creator in self.creators],
            "abstractNote": self.abstract,
            "date": self.date,
            "DOI": self.doi,
        }

    def document(self, item_key: str, collection: str) -> dict[str, Any]:
        """A new item as Zotero's API takes it; version 0 says that there must be none with this key."""
        return {
            "key": item_key,
            "version": 0,
            "itemType": "preprint",
            **self.changeable,
            "url": self.url,
            "archiveID": self.archive_id,
            "repository": "arXiv",
            "libraryCatalog": "arXiv.org",
            "extra": "\n".join(self.marks),
            "tags": [{"tag": tag} for tag in self.tags],
            "collections": [collection] if collection else [],
        }


class ItemUpdate(Struct, frozen=True):
    """What an item changes to."""

    changes: dict[str, Any]
    """Field → new value; empty if nothing is written."""
    kept: tuple[str, ...] = ()
    """Fields that have a new value, and stay as the library's owner wrote them."""


def item_key(library: str, stub_key: str) -> str:
    """The key of a paper's item, the same on every machine, so that even a lost database makes no second item."""
    number = int.from_bytes(sha256(f"{library}\n{stub_key}".encode()).digest()[:16], "big")
    letters = []
    for _ in range(_KEY_LENGTH):
        number, place = divmod(number, len(KEY_LETTERS))
        letters.append(KEY_LETTERS[place])
    return "".join(letters)


def mark_of(stub_key: str) -> str:
    """The line of *extra* by which notebot recognises an item of its own."""
    return f"notebot: {stub_key}"


def draft_item(stub: Stub, title_line: str) -> ItemDraft:
    """The item of a paper on arXiv.

    Args:
        title_line: of its note if there is one, which has the venue that the curator accepted.
    """
    venue = parse_title_line(title_line).venue
    marks = [mark_of(stub.key)]
    if venue is not None and venue.name.lower() != _PREPRINT:
        year = sort_year(title_line)
        name = f"{_plain(venue.name)} {year}" if year else _plain(venue.name)
        marks += ["Type: paper-conference", f"container-title: {name}"]
    return ItemDraft(
        title=_plain(readable(stub.title)),
        creators=tuple(_creator(name) for name in split_authors(clean_authors(stub.authors)) if name != OTHERS),
        abstract=_plain(readable(stub.abstract)),
        date=f"{stub.published:%Y-%m-%d}" if stub.published else "",
        doi=_plain(stub.doi or f"{_ARXIV_DOI}{stub.arxiv_id}"),
        url=stub.url,
        archive_id=f"arXiv:{stub.arxiv_id}",
        marks=tuple(marks),
        tags=tuple(dict.fromkeys(filter(None, (_plain(tag)[:_LONGEST_NAME] for tag in confirmed_tags(stub))))),
    )


def plan_update(sent: ItemDraft, wanted: ItemDraft, current: Mapping[str, Any]) -> ItemUpdate:
    """Compares what was sent, what would be sent now, and what the item says now.

    A field changes only if it still has the value that notebot sent; in *extra* only our own lines change.
    """
    changes: dict[str, Any] = {}
    kept: list[str] = []
    for field, value in wanted.changeable.items():
        now = current.get(field)
        if value == sent.changeable[field] or now == value:
            continue
        if now == sent.changeable[field]:
            changes[field] = value
        else:
            kept.append(field)
    lines = str(current.get("extra") or "").split("\n")
    gone = [line for line in sent.marks if line not in wanted.marks]
    added = [line for line in wanted.marks if line not in sent.marks and line not in lines]
    # the owner may have set a type or a venue of their own, which would then be there twice
    taken = {line.partition(":")[0].strip().lower() for line in lines if line not in gone}
    if set(gone) <= set(lines) and not any(line.partition(":")[0].lower() in taken for line in added):
        if gone or added:
            changes["extra"] = "\n".join([*(line for line in lines if line not in gone and line), *added])
    elif gone or added:
        kept.append("extra")
    return ItemUpdate(changes, tuple(kept))


def is_ours(stub_key: str, current: Mapping[str, Any]) -> bool:
    """False once the library's owner removed our line, or if something else has the key."""
    return mark_of(stub_key) in str(current.get("extra") or "").split("\n")


def _creator(name: str) -> Creator:
    family, given = family_and_given(_plain(name))
    return Creator(family[:_LONGEST_NAME], given[:_LONGEST_NAME], is_group=not given)


def _plain(text: str) -> str:
    """One line without characters that are invisible or change the direction of the text.

    Zotero stores text composed (NFC); what is sent must be equal to what is read back, or it would count as changed.
    """
    return unicodedata.normalize("NFC", collapse(remove_hidden(" ".join(text.split()))))
