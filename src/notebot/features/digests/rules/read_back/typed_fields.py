"""Compares an edited line with the original one: new values, typed words, tags."""

from __future__ import annotations

import html
import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.escaping import restore
from notebot.core.text.patterns import regex
from notebot.features.digests.rules.read_back.normal_form import fold

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

# An escape that `neutralise` inserted stays one token, so that it is never undone by half. `NeurIPS’26` is one too, so
# that a typed apostrophe stays as typed.
_TOKEN = regex(
    r"""&\#?\w{1,8};\u2060? | \]\\*\(\u2060? | \s+
    | (?:[0-9A-Za-z\u00c0-\u024f\u0370-\u052f][\u0300-\u036f]*)+ (?:['’][0-9A-Za-z]+)* \u2060?
    | [\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?    # a decomposed Korean syllable
    | .[\u0300-\u036f\u3099\u309a]*\u2060?""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN_LIMIT = 2_000
"""Comparing more changed tokens takes too long; such a text counts as typed completely."""
_PREFIX = regex(r"\[[^\[\]\\]*\] ")
_NEW_PREFIX = regex(r"\\?\[[^\[\]]{0,40}\]\s+")
_BRACKETED = regex(r"<(https?://[^\s<>]+)>")
_CLOSING = regex(r"[*_~`]+")
_TAG = regex(r"(?:(?<=[\s,、，])|^)\\?[#＃]\s?")
_SEPARATORS = " \t\u00a0\u3000,，、"
_WORDS = regex(r"[^\s,，、]+")
_GUESS = ("?", "？")


class TagLine(Struct, frozen=True):
    """A line of tags; a tag may contain blanks."""

    before: str
    """The text before the first tag."""
    taken: tuple[str, ...]
    guesses: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """The tags with and without ``?``."""
        return (*self.taken, *self.guesses)


def read_tags(text: str, known: Container[str] = ()) -> TagLine:
    """Parses ``#NLP #Author Thread-Post?``; a tag that still has a ``?`` is a guess.

    A tag is cut at blanks, commas and ``、`` (rules.md 6.7), unless the digest or the archive knows it with the blank.

    Args:
        known: tags that may contain blanks, in NFC. Any other tag has the bytes of the file.
    """
    before, *parts = _TAG.split(text)
    taken: list[str] = []
    guesses: list[str] = []
    typed = [before.strip()]
    for part in parts:
        whole = " ".join(part.strip(_SEPARATORS).replace("\\", "").split())
        bare = whole.rstrip("?？").rstrip()
        if composed(bare) in known:
            tag, rest = whole, ""
        else:
            found = _WORDS.match(whole)
            tag = found[0] if found else ""
            rest = whole[len(tag) :].strip(_SEPARATORS)
            bare = tag.rstrip("?？")
        name = bare if tag.endswith(_GUESS) else tag
        name = composed(name) if composed(name) in known else name
        (guesses if tag.endswith(_GUESS) else taken).append(name)
        typed.append(rest)
    return TagLine(" ".join(filter(None, typed)), tuple(taken), tuple(guesses))


def composed(text: str) -> str:
    """The text in NFC: macOS may save a file with `ポ` as two characters."""
    return unicodedata.normalize("NFC", text)


def typed_around(drawn: str, edited: str) -> str | None:
    """What was typed before or after the original text; ``None`` if the text itself was changed."""
    ours, theirs = _tokens(drawn), _tokens(edited)
    ours_keys, keys = [key for _, key in ours], [key for _, key in theirs]
    if keys[: len(ours)] == ours_keys:
        # The mark that closes notebot's emphasis goes with the next token.
        typed = "".join(raw for raw, _ in theirs[len(ours) :])
        closing = _CLOSING.match(typed)
        return typed[closing.end() if closing and typed[closing.end() :][:1].isspace() else 0 :].strip()
    end = len(theirs) - len(ours)
    return "".join(raw for raw, _ in theirs[:end]).strip() if end > 0 and keys[end:] == ours_keys else None


def is_only_shortened(drawn: str, edited: str) -> bool:
    """True if characters were only deleted."""
    rest = iter(drawn)
    return all(character in rest for character in edited if not character.isspace())


def new_title_line(drawn: str, edited: str, ignored: Container[tuple[str, str]] = ()) -> str:
    """The title line to store: unescaped where notebot wrote it, unchanged where the curator did."""
    prefix = _PREFIX.match(drawn)
    # Behind the prefix the text of the title begins, with the escapes of the start of a line.
    new_prefix = _NEW_PREFIX.match(edited) if prefix else None
    if prefix and new_prefix and fold(new_prefix[0].replace("\\", "")) == fold(prefix[0]):
        return prefix[0] + restore_unchanged(drawn[prefix.end() :], edited[new_prefix.end() :], ignored)
    return restore_unchanged(drawn, edited, ignored).strip()


def restore_unchanged(drawn: str, edited: str, ignored: Container[tuple[str, str]] = ()) -> str:
    """The edited text, unescaped where notebot wrote it and unchanged where the curator typed.

    Args:
        ignored: replacements that a program made; there the text is notebot's.
    """
    pieces = _compare(drawn, edited)
    text, changed = "", False
    for old, new, old_key, new_key in pieces:
        if old_key == new_key or (old_key, new_key) in ignored:
            closing = _CLOSING.match(new) if changed else None
            if closing and not _CLOSING.match(old):  # the end of typed emphasis goes with the next token
                text += closing[0]
            # Inside a line a backslash was the author's and not an escape.
            text += restore(f"x{old}")[1:] if text else restore(old)
            changed = False
        else:
            text += new
            changed = True
    return text


def replacements(drawn: str, edited: str) -> set[tuple[str, str]]:
    """What was replaced by what, in the normal form."""
    return {(old_key, new_key) for _, _, old_key, new_key in _compare(drawn, edited) if old_key != new_key}


def _compare(drawn: str, edited: str) -> list[tuple[str, str, str, str]]:
    """Runs of equal and of different tokens: the texts and the normal forms of both sides."""
    ours, theirs = _tokens(drawn), _tokens(edited)
    keys, their_keys = [key for _, key in ours], [key for _, key in theirs]
    first = _common_prefix_length(keys, their_keys)
    last = _common_prefix_length(
        keys[: first - 1 if first else None : -1], their_keys[: first - 1 if first else None : -1]
    )
    end, their_end = len(keys) - last, len(their_keys) - last
    spans = [(0, first, 0, first)]
    if end - first + their_end - first > _TOKEN_LIMIT:
        spans.append((first, end, first, their_end))
    else:
        matcher = SequenceMatcher(None, keys[first:end], their_keys[first:their_end], autojunk=False)
        spans += [(first + i, first + j, first + k, first + m) for _, i, j, k, m in matcher.get_opcodes()]
    spans.append((end, len(keys), their_end, len(their_keys)))
    return [
        (_text(ours[i:j]), _text(theirs[k:m]), "".join(keys[i:j]), "".join(their_keys[k:m]))
        for i, j, k, m in spans
        if i < j or k < m
    ]


def _tokens(text: str) -> list[tuple[str, str]]:
    """Pairs of text and normal form. Blanks, escapes and emphasis marks have none and go with the next token."""
    tokens: list[tuple[str, str]] = []
    before = ""
    for raw in _TOKEN.findall(_BRACKETED.sub(r"\1", text)):
        key = _key(raw)
        if key:
            tokens.append((before + raw, key))
            before = ""
        else:
            before += raw
    if before:
        last, key = tokens.pop() if tokens else ("", "")
        tokens.append((last + before, key))
    return tokens


@lru_cache(maxsize=8192)
def _key(token: str) -> str:
    return fold(html.unescape(restore(token)))


def _text(tokens: Sequence[tuple[str, str]]) -> str:
    return "".join(raw for raw, _ in tokens)


def _common_prefix_length(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the common prefix."""
    same = (a == b for a, b in zip(one, other, strict=False))
    return sum(1 for _ in takewhile(bool, same))
