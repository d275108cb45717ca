"""Finds links to code, project pages, data and reviews in an abstract or author comment."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from notebot.core.text.escaping import is_plain_url, neutralise
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

LINK_LIMIT = 6
"""Links kept per paper; surveys contain dozens."""
_TEXT_LIMIT = 20_000  # far longer than any abstract; bounds the time for hostile text
_HREF = regex(r"\\(?:url|href)\s?\{([^{}\s]{1,300})\}(?:\{[^{}]{0,300}\})?")
_URL = regex(
    r"(?<![\w/@.-])(?:https?://|(?=(?:www\.)?(?:github\.com|gitlab\.com|huggingface\.co|hf\.co|openreview\.net|"
    r"[a-z0-9-]{1,60}\.github\.io)(?:/|\b)))[!#-&(-;=?-Z_a-z~]{4,300}",
    re.IGNORECASE,
)
_IN_EVERY_URL = ("://", ".co", ".net", ".io")
"""Any match of ``_URL`` contains one of these; looking for them first takes a tenth of the time."""
_TAIL = ".,;:!?*_$。、，；"
_PROJECT = regex(
    r"(?:project|home|demo)[- ]?(?:web)?\s?(?:page|site|website)?s?\W{0,6}(?:\w+\W+){0,4}$|"
    r"(?:web\s?page|website|homepage)\W{0,6}(?:\w+\W+){0,4}$",
    re.IGNORECASE,
)
_CODE = regex(r"\b(?:code|implementation|repository)\b\W{0,6}(?:[\w-]++[^\w-]++){0,6}$", re.IGNORECASE)
_DATA = regex(r"\b(?:data\s?sets?|data|benchmark|corpus)\b\W{0,6}(?:[\w-]++[^\w-]++){0,6}$", re.IGNORECASE)
_BEFORE = 60
"""Characters before a link that are searched for words such as ``code``."""
_PART = regex(r"[A-Za-z0-9][\w.-]*")


class LinkKind(StrEnum):
    """What a link leads to, in the words of the digest."""

    CODE = "code"
    PROJECT = "project"
    DATASET = "dataset"
    OPENREVIEW = "OpenReview"
    HUGGING_FACE = "Hugging Face"


class ResourceLink(Struct, frozen=True):
    """One link whose URL can be written into a page unescaped."""

    kind: LinkKind
    url: str


def find_resource_links(abstract: str, comment: str | None) -> tuple[ResourceLink, ...]:
    """The links of a paper without duplicates, first those of the comment, then of the abstract.

    A link counts if its host or the words before it say what it leads to. Links that would need escaping in a page
    (with a user name or invisible characters) are left out.
    """
    links: dict[str, ResourceLink] = {}
    for text in (comment or "", abstract):
        for link in _links(_HREF.sub(r" \1 ", text[:_TEXT_LIMIT])):
            links.setdefault(link.url.casefold(), link)
    return tuple(links.values())[:LINK_LIMIT]


def _links(text: str) -> Iterator[ResourceLink]:
    lower = text.lower()
    if not any(mark in lower for mark in _IN_EVERY_URL):
        return
    for match in _URL.finditer(text):
        raw = match[0]
        # Punctuation and brackets of the sentence around the link.
        while raw and (raw[-1] in _TAIL or (raw[-1] == ")" and raw.count(")") > raw.count("("))):
            raw = raw[:-1]
        url = raw if "://" in raw else f"https://{raw}"
        link = _classify(url, text[max(0, match.start() - _BEFORE) : match.start()]) if is_plain_url(url) else None
        if link is not None and neutralise(link.url) == link.url:
            yield link


def _classify(url: str, before: str) -> ResourceLink | None:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    path = [part for part in parts.path.split("/") if part]
    if host in ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org"):
        if len(path) < 2 or not all(_PART.fullmatch(part) for part in path[:2]):
            return None
        # only owner and name: links to files in a repository lead to the same code
        return ResourceLink(LinkKind.CODE, f"https://{host}/{path[0]}/{path[1].removesuffix('.git')}")
    if host in ("huggingface.co", "hf.co"):
        return _hugging_face(path)
    if host == "openreview.net":
        return ResourceLink(LinkKind.OPENREVIEW, _without_fragment(parts)) if path[:1] in (["forum"], ["pdf"]) else None
    if host.endswith((".github.io", ".gitlab.io")) or host == "sites.google.com":
        return ResourceLink(LinkKind.PROJECT, _without_fragment(parts))
    if host in ("zenodo.org", "kaggle.com") and path:
        return ResourceLink(_kind_from_words(before) or LinkKind.DATASET, _without_fragment(parts))
    kind = _kind_from_words(before)
    return (
        ResourceLink(kind, _without_fragment(parts))
        if kind and host not in ("arxiv.org", "doi.org", "dx.doi.org")
        else None
    )


def _hugging_face(path: list[str]) -> ResourceLink | None:
    """Only the authors' own resources: pages of papers and blogs are left out."""
    if path[:1] == ["datasets"]:
        if len(path) < 2:
            return None
        return ResourceLink(LinkKind.DATASET, "https://huggingface.co/" + "/".join(path[:3]))
    if not path or path[0] in ("papers", "blog", "docs", "tasks", "join"):
        return None
    size = 3 if path[0] in ("spaces", "collections") else 2
    return ResourceLink(LinkKind.HUGGING_FACE, "https://huggingface.co/" + "/".join(path[:size]))


def _kind_from_words(before: str) -> LinkKind | None:
    """The kind of link that the words before it announce."""
    if _PROJECT.search(before):
        return LinkKind.PROJECT
    if _CODE.search(before):
        return LinkKind.CODE
    return LinkKind.DATASET if _DATA.search(before) else None


def _without_fragment(parts: SplitResult) -> str:
    """The URL without the fragment, whose ``#`` GitHub could take for a reference."""
    return parts._replace(fragment="").geturl()
