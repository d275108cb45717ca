"""arXiv identifiers: parsing references, and finding ids in links and running text.

Two schemes (info.arxiv.org/help/arxiv_identifier): ``YYMM.NNNN`` from April 2007, with five digits
from January 2015, and before that ``archive/YYMMNNN``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.category import archives
from notebot.core.model.errors import InvalidRefError
from notebot.core.model.wrapped_link import unwrap_link
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable


class ArxivId(Struct, frozen=True):
    """One paper, or one version of it."""

    base: str
    """Canonical, without version and subject class: ``2504.02807``, ``math/0309136``."""
    version: int | None = None
    """``None`` means the latest version."""

    @property
    def url(self) -> str:
        """The abstract page, with ``vN`` if there is a version."""
        return f"https://arxiv.org/abs/{self}"

    def __str__(self) -> str:
        return self.base if self.version is None else f"{self.base}v{self.version}"


# The mirrors in other countries and at Los Alamos are gone or redirect, but old links name them.
_MIRRORS = ("lanl", "xxx", "aps", "au", "br", "cn", "de", "es", "fr", "il", "in", "jp", "kr", "ru", "tw", "uk", "za")
_PACED_HOSTS = frozenset(
    {"arxiv.org", "xxx.lanl.gov"}
    | {f"{name}.arxiv.org" for name in ("www", "export", "browse", "rss", "oaipmh", *_MIRRORS)}
)


def is_arxiv_host(host: str) -> bool:
    """True for the hosts that serve arXiv's papers, to which its rate limit applies; not for arXiv's blog."""
    return host.lower().rstrip(".") in _PACED_HOSTS


_PAGES = rf"""
    (?: (?: (?:(?:www|export|browse|{"|".join(_MIRRORS)})\.)? arxiv\.org | xxx\.lanl\.gov ) \.? (?: :(?:80|443) )?
        /+(?:abs|pdf|html|src|e-print|format|ps|tb|bibtex)/+ (?: arxiv: )?
      | (?:www\.)? alphaxiv\.org /(?:[a-z]{2}/)?(?:abs|overview|pdf|html)/
      | (?:www\.)? (?: huggingface\.co | hf\.co ) /papers/
      | (?: ar5iv\.labs\.arxiv\.org | (?:www\.)? ar5iv\.org ) /(?:(?:abs|html|pdf)/)?
      | (?:www\.)? semanticscholar\.org /arxiv/
      | api\.semanticscholar\.org /(?:graph/v1/paper/)?arxiv:
      | (?:www\.)? scirate\.com /arxiv/
      | (?:www\.)? papers\.cool /arxiv/
      | (?:(?:dx|www)\.)? doi\.org /10\.48550/arxiv\. )
"""
_ADDRESS = r"[A-Za-z0-9._~:/?\#@!$&'*+=%-]"
# Not after ASCII or Latin letters (éarxiv.org is another host), but directly after Japanese.
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
# An id without link or marker must be surrounded by spaces, brackets, quotes or Japanese. This excludes
# prices, decimal numbers and parts of paths.
_BEFORE = r"""(?: ^ | (?<= [\s(\[{<>"'`*|] | [^\x00-\x7f] ) ) (?<! [£¥€￥＄０-９\u00aa-\u052f] )"""
_AFTER = r"""(?= [.,;:!?]* (?: $ | [\s)\]}<>"'`*|] | [^\x00-\x7f] ) )"""

# The pattern accepts malformed ids; `_parse_match` checks the parts and can say what is wrong.
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
_REFERENCE = regex(_REF, _FLAGS)
# Other URLs are skipped completely: an id in their path or query is not what they link to.
_REFERENCE_OR_URL = regex(rf"{_REF} | https?:// {_ADDRESS}+", _FLAGS)

_TRAILING = ".,;:!?'*)"
_FULL_WIDTH = {
    code + 0xFEE0: chr(code) for code in map(ord, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
_FULL_WIDTH_SIGN = regex(r"(?<=[0-9A-Za-z])[．／](?=[0-9A-Za-z])")
# A Japanese full stop ends a sentence, except within a host name or an id.
_FULL_STOP = regex(r"(?<=arxiv)[。．｡](?=org\b)|(?<=(?<![0-9.])[0-9]{4})[。．｡](?=[0-9]{4,5}(?![0-9]))", re.IGNORECASE)
_CATEGORY = regex(r" \[[a-z-]{2,20}(?:\.[A-Za-z-]{2,20})?\]$")
"""What arXiv prints after an id: ``arXiv:2405.08073 [cs.CL]``."""
_JOINED_LINKS = regex(r"(?<=[0-9A-Za-z])(?=https?://)", re.IGNORECASE)

_MOST_BRACKETS = 8
"""Pairs of brackets that are removed from around a reference; each costs a copy of the text."""
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
    """The paper that an id or a link refers to; spaces and brackets around it and a category after it are ignored.

    Raises:
        InvalidRefError: the text is not a reference; the message says what is wrong with it.
    """
    ref = _CATEGORY.sub("", text.strip())
    for _ in range(_MOST_BRACKETS):
        if len(ref) > 1 and ref[0] + ref[-1] in _BRACKETS:
            ref = ref[1:-1].strip()
    ref = unwrap_link(_to_ascii(ref))
    match = _REFERENCE.fullmatch(ref)
    if match is None:
        raise InvalidRefError(_explain_invalid(ref))
    return _parse_match(match)


def find_ids(text: str) -> list[ArxivId]:
    """The papers mentioned in a text, without duplicates, in the order and version of the first mention.

    An id without link or marker counts only if it is separated from the text around it.
    """
    ids: dict[str, ArxivId] = {}
    for match in _REFERENCE_OR_URL.finditer(_separate_links(_to_ascii(text))):
        if (match["month"] or match["old"]) and _is_valid(match):
            arxiv_id = _parse_match(match)
        elif (wrapped := unwrap_link(match[0])) != match[0] and (
            link := _REFERENCE.fullmatch(wrapped.rstrip(_TRAILING))
        ):
            if not _is_valid(link):
                continue
            arxiv_id = _parse_match(link)
        else:
            continue
        ids.setdefault(arxiv_id.base, arxiv_id)
    return list(ids.values())


def find_malformed_ids(text: str) -> list[str]:
    """Texts marked as arXiv ids that cannot be valid (``arXiv:2613.00001``), without duplicates."""
    marked = (
        match
        for match in _REFERENCE_OR_URL.finditer(_separate_links(text))
        if (match["link"] or match["mark"]) and not _is_valid(match)
    )
    return list(
        dict.fromkeys(
            f"{match['month']}.{match['number']}" if match["month"] else f"{match['archive']}/{match['old']}"
            for match in marked
        )
    )


def _to_ascii(text: str) -> str:
    """Converts what Japanese keyboards type to ASCII: full-width letters, digits and signs, and 。 within ids."""
    if text.isascii():
        return text
    text = _FULL_WIDTH_SIGN.sub(lambda sign: "." if sign[0] == "．" else "/", text.translate(_FULL_WIDTH))
    return _FULL_STOP.sub(".", text)


def _separate_links(text: str) -> str:
    """The text with a space between links that were pasted directly after one another."""
    return _JOINED_LINKS.sub(" ", text)


def _is_valid(match: re.Match[str]) -> bool:
    try:
        _parse_match(match)
    except InvalidRefError:
        return False
    return True


def _parse_match(match: re.Match[str]) -> ArxivId:
    digits = match["version"]
    if digits is not None and (digits.startswith("0") or len(digits) > 3):
        raise InvalidRefError(f'"{_short(match[0])}": versions are numbered v1 to v999.')
    version = int(digits) if digits else None
    if match["month"]:
        return ArxivId(_new_base(match["month"], match["number"]), version)
    return ArxivId(_old_base(match["archive"].lower(), match["old"]), version)


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


def _explain_invalid(ref: str) -> str:
    if not ref:
        return "The reference is empty; give an arXiv id or a link to a paper."
    inside = find_ids(ref)
    if inside:
        return f'"{_short(ref)}" contains more than a reference; give only {inside[0]}.'
    if re.match(r"https?://(?:[a-z]+\.)?arxiv\.org(?:[:/?#]|$)", ref, _FLAGS):
        return f'"{_short(ref)}" is a page of arXiv without a paper id; give the link to the abstract.'
    if "://" in ref:
        return f'"{_short(ref)}" does not link to a paper on arXiv or on a site that mirrors it.'
    return f'"{_short(ref)}" is neither an arXiv id such as 2504.02807 or hep-th/9711200 nor a link to one.'


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def latest_id(ids: Iterable[str]) -> str | None:
    """The most recent of these ids. Ids from before 2007-04 have no common order and are ignored."""
    return max(filter(is_new_style_id, ids), default=None)


def is_new_style_id(arxiv_id: str) -> bool:
    """True for ids like ``2504.02807``, which are assigned in the order of announcement."""
    return arxiv_id[:1].isdigit()
