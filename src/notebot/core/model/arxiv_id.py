"""arXiv's identifiers, and where they stand in links and running text.

Two schemes (info.arxiv.org/help/arxiv_identifier): ``YYMM.NNNN`` from April 2007, with five digits
from January 2015, and before that ``archive/YYMMNNN``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.category import archives
from notebot.core.model.errors import InvalidRefError
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class ArxivId(Struct, frozen=True):
    """One paper, or one version of it."""

    base: str
    """Canonical, without version and subject class: ``2504.02807``, ``math/0309136``."""
    version: int | None = None
    """``None`` means whichever is the latest."""

    @property
    def url(self) -> str:
        """The abstract page, with ``vN`` only where the version is known."""
        return f"https://arxiv.org/abs/{self}"

    def __str__(self) -> str:
        return self.base if self.version is None else f"{self.base}v{self.version}"


_PACED_HOSTS = frozenset({"arxiv.org", *(f"{name}.arxiv.org" for name in ("www", "export", "browse", "rss", "oaipmh"))})


def is_arxiv_host(host: str) -> bool:
    """Whether a host serves arXiv's papers, and so is asked at arXiv's pace or not at all; its blog is another site."""
    return host.lower().rstrip(".") in _PACED_HOSTS


_PAGES = r"""
    (?: (?:(?:www|export|browse)\.)? arxiv\.org (?: :(?:80|443) )?
        /(?:abs|pdf|html|src|e-print|format|ps|tb|bibtex)/ (?: arxiv: )?
      | (?:www\.)? alphaxiv\.org /(?:[a-z]{2}/)?(?:abs|overview|pdf|html)/
      | (?:www\.)? (?: huggingface\.co | hf\.co ) /papers/
      | (?: ar5iv\.labs\.arxiv\.org | (?:www\.)? ar5iv\.org ) /(?:(?:abs|html|pdf)/)?
      | (?:www\.)? semanticscholar\.org /arxiv/
      | (?:www\.)? scirate\.com /arxiv/
      | (?:www\.)? papers\.cool /arxiv/
      | (?:(?:dx|www)\.)? doi\.org /10\.48550/arxiv\. )
"""
_ADDRESS = r"[A-Za-z0-9._~:/?\#@!$&'*+=%-]"
# What may not stand before: ASCII and Latin letters (éarxiv.org is another host), but Japanese may.
_LINK = rf"""
    (?: (?<! [=&%@/\\] ) https?://
      | (?<! [0-9A-Za-z\u00aa-\u052f_.@/=&%\\-] ) )
    {_PAGES}
"""
_MARK = r"""
    (?<! [0-9A-Za-z\u00aa-\u052f_./-] )
    (?: arxiv [ \t\u00a0\u3000]* [:：] [ \t\u00a0\u3000]*
      | oai:arxiv\.org:
      | (?: doi:[ ]? )? 10\.48550/arxiv\. )
"""
# An id alone stands between blanks, brackets, quotes, Japanese: no price, decimal or part of a path.
_BEFORE = r"""(?<! [^\s(\[{<>"'`*|\u0080-\U0010ffff] ) (?<! [£¥€￥＄０-９\u00aa-\u052f] )"""
_AFTER = r"""(?= [.,;:!?]* (?: $ | [\s)\]}<>"'`*|\u0080-\U0010ffff] ) )"""

# The id is read loosely: whether its parts are right is for `_checked`, which can say why not.
_REF = rf"""
    (?: (?P<link> {_LINK} ) | (?P<mark> {_MARK} ) | (?P<alone> {_BEFORE} ) )
    (?: (?P<month> [0-9]{{4}} ) \. (?P<number> [0-9]+ )
      | (?P<archive> [a-z][a-z-]* ) (?: \.[a-z-]+ )? / (?P<old> [0-9]{{4,}} ) )
    (?: v (?P<version> [0-9]+ ) )?
    (?: \.pdf )?
    (?! [0-9A-Za-z_] | \.[0-9] )
    (?(link) (?: [/?\#] {_ADDRESS}* )? | (?(alone) {_AFTER} ) )
"""
_FLAGS = re.VERBOSE | re.IGNORECASE | re.ASCII
_ONE = regex(_REF, _FLAGS)
# Any other address is passed over whole: what its path or query holds is not what it links to.
_ANY = regex(rf"{_REF} | https?:// {_ADDRESS}+", _FLAGS)

_PASTED = regex(r"(?<=[0-9A-Za-z])(?=https?://)", re.IGNORECASE)

_BRACKETS = (
    "()",
    "[]",
    "{}",
    "<>",
    '""',
    "''",
    "（）",
    "［］",
    "「」",
    "『』",
    "【】",
    "〈〉",
    "《》",
    "“”",
    "‘’",
)


def parse_ref(text: str) -> ArxivId:
    """The paper that a bare id or a link names; blanks and brackets may stand around it.

    Raises:
        InvalidRefError: the text is anything else; the message says what is wrong with it.
    """
    ref = _bared(text)
    found = _ONE.fullmatch(ref)
    if found is None:
        raise InvalidRefError(_refusal(ref))
    return _checked(found)


def find_ids(text: str) -> list[ArxivId]:
    """The papers that a running text names, each once, in the order and version of their first mention.

    An id without link or marker counts only where it stands alone.
    """
    found: dict[str, ArxivId] = {}
    for arxiv_id in _mentions(text):
        found.setdefault(arxiv_id.base, arxiv_id)
    return list(found.values())


def find_malformed_ids(text: str) -> list[str]:
    """What is marked as an arXiv id in a running text (``arXiv:2613.00001``) and can be none, each once."""
    named = (one for one in _ANY.finditer(_parted(text)) if (one["link"] or one["mark"]) and not _is_right(one))
    return list(
        dict.fromkeys(
            f"{one['month']}.{one['number']}" if one["month"] else f"{one['archive']}/{one['old']}" for one in named
        )
    )


def _parted(text: str) -> str:
    """Links that were pasted one behind the other, with a blank between them."""
    return _PASTED.sub(" ", text)


def _is_right(found: re.Match[str]) -> bool:
    try:
        _checked(found)
    except InvalidRefError:
        return False
    return True


def _mentions(text: str) -> Iterator[ArxivId]:
    for found in _ANY.finditer(_parted(text)):
        if (found["month"] or found["old"]) and _is_right(found):
            yield _checked(found)


def _checked(found: re.Match[str]) -> ArxivId:
    version = _version(found)
    if found["month"]:
        return ArxivId(_new_base(found["month"], found["number"]), version)
    return ArxivId(_old_base(found["archive"].lower(), found["old"]), version)


def _version(found: re.Match[str]) -> int | None:
    digits = found["version"]
    if digits is None:
        return None
    if digits.startswith("0") or len(digits) > 3:
        raise InvalidRefError(f'"{_short(found[0])}": versions are numbered v1 to v999.')
    return int(digits)


def _new_base(month: str, number: str) -> str:
    base = f"{month}.{number}"
    _check_month(base, month)
    if not "0704" <= month < "9107":
        raise InvalidRefError(f'"{_short(base)}": ids of this form begin with 0704, April 2007.')
    digits, since = (5, "from January 2015") if month >= "1501" else (4, "until December 2014")
    if len(number) != digits:
        raise InvalidRefError(f'"{_short(base)}": ids {since} have {digits} digits after the point.')
    _check_number(base, number)
    return base


def _old_base(archive: str, number: str) -> str:
    base = f"{archive}/{number}"
    if archive not in archives():
        raise InvalidRefError(f'"{_short(base)}": arXiv has no archive "{_short(archive)}".')
    if len(number) != 7:
        raise InvalidRefError(f'"{_short(base)}": ids of this form have 7 digits after the slash.')
    _check_month(base, number[:4])
    if "0703" < number[:4] < "9107":
        raise InvalidRefError(f'"{base}": ids of this form run from 9107, July 1991, to 0703, March 2007.')
    _check_number(base, number[4:])
    return base


def _check_month(base: str, month: str) -> None:
    if not "01" <= month[2:] <= "12":
        raise InvalidRefError(f'"{_short(base)}": there is no month {month[2:]}.')


def _check_number(base: str, number: str) -> None:
    if not number.strip("0"):
        raise InvalidRefError(f'"{base}": the papers of a month are numbered from 1.')


def _bared(text: str) -> str:
    ref = text.strip()
    while len(ref) > 1 and ref[0] + ref[-1] in _BRACKETS:
        ref = ref[1:-1].strip()
    return ref


def _refusal(ref: str) -> str:
    if not ref:
        return "An empty reference names no paper; give an arXiv id or a link to one."
    inside = find_ids(ref)
    if inside:
        return f'"{_short(ref)}" holds more than a reference; give {inside[0]} alone.'
    if re.match(r"https?://(?:[a-z]+\.)?arxiv\.org(?:[:/?#]|$)", ref, _FLAGS):
        return f'"{_short(ref)}" is a page of arXiv that names no paper; give the link to its abstract.'
    if "://" in ref:
        return f'"{_short(ref)}" does not link to a paper on arXiv or on a site that mirrors it.'
    return f'"{_short(ref)}" is neither an arXiv id such as 2504.02807 or hep-th/9711200 nor a link to one.'


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def latest_id(ids: Iterable[str]) -> str | None:
    """The last given of these ids; those from before 2007-04 are in no common order and left out."""
    return max(filter(is_new_style_id, ids), default=None)


def is_new_style_id(arxiv_id: str) -> bool:
    """Whether it is an id such as ``2504.02807``, given in the order of announcement."""
    return arxiv_id[:1].isdigit()
