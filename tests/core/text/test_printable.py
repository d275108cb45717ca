"""Characters that a page must not contain are never printable: `str.isprintable` is asked before the pattern."""

import re
import sys

import pytest

from notebot.core.text.escaping import _IS_HIDDEN
from notebot.features.archive.rules.tag_page.entry_parts import _UNSEEN
from notebot.features.archive.rules.tag_page.xml import _FORBIDDEN

PRINTABLE = "".join(filter(str.isprintable, map(chr, range(sys.maxunicode + 1))))


@pytest.mark.parametrize("pattern", [_IS_HIDDEN, _UNSEEN, _FORBIDDEN], ids=["hidden", "unseen", "forbidden"])
def test_a_forbidden_character_is_not_printable(pattern: re.Pattern[str]) -> None:
    assert pattern.findall(PRINTABLE) == []
    assert pattern.findall("\x07\x1b") == ["\x07", "\x1b"]
