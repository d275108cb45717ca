"""Writes values as TOML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def toml_string(text: str) -> str:
    """The text as a TOML string on one line; a literal one, which is easier to read, if it contains quotation marks."""
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    # JSON's escapes are TOML's, except that TOML wants DEL and lone surrogates escaped or left out, too
    return json.dumps(text.encode(errors="replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_list(texts: Iterable[str]) -> str:
    """The texts as a TOML array on one line."""
    return f"[{', '.join(map(toml_string, texts))}]"
