"""JSON-LD of a page (schema.org): the one node that is the page's own article, and what it says."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.article import FactSource, PageClaims, article_key
from notebot.core.model.partial_date import PartialDate, parse_partial_date
from notebot.core.text.escaping import is_plain_url
from notebot.features.intake.adapters.html_tokens import unescape_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Node = dict[str, object]

_ARTICLES = (
    "ScholarlyArticle", "MedicalScholarlyArticle", "BlogPosting", "TechArticle", "NewsArticle", "Report",
    "AnalysisNewsArticle", "OpinionNewsArticle", "LiveBlogPosting", "SocialMediaPosting", "DiscussionForumPosting",
    "Article", "LearningResource", "VideoObject", "PresentationDigitalDocument", "SoftwareSourceCode", "Dataset",
)  # fmt: skip
_MOST_NODES = 2_000
_MOST_AUTHORS = 5_000
_LONGEST_SCRIPT = 1_000_000


class JsonLd(Struct, frozen=True):
    """What the page's own node says, and of which schema.org types it is."""

    claims: PageClaims
    types: frozenset[str]


def read_json_ld(scripts: Sequence[str], url: str) -> JsonLd | None:
    """The article of the page at ``url``; ``None`` where it has none, or several and none is told to be this one."""
    nodes = [node for script in scripts for node in _nodes(script)]
    by_id = {str(node["@id"]): node for node in nodes if "@id" in node and "@type" in node}
    own = _own([node for node in nodes if _types(node) & set(_ARTICLES)], url)
    return JsonLd(_claims(own, by_id), _types(own)) if own is not None else None


def _claims(node: Node, by_id: dict[str, Node]) -> PageClaims:
    return PageClaims(
        FactSource.JSON_LD,
        title=_text(node.get("headline")) or _text(node.get("name")),
        authors=tuple(_names(node.get("author") or node.get("creator"), by_id))[:_MOST_AUTHORS],
        company=next(iter(_names(node.get("publisher"), by_id)), ""),
        published_on=_date(node.get("datePublished")) or _date(node.get("uploadDate")),
        language=_text(node.get("inLanguage")),
        description=_text(node.get("abstract")) or _text(node.get("description")),
    )


def _nodes(script: str) -> Iterator[Node]:
    """The nodes of a script: at the top, in lists, under ``@graph``, and what a page is about."""
    try:
        waiting: deque[object] = deque([json.loads(script[:_LONGEST_SCRIPT], strict=False)])
    except (ValueError, RecursionError):
        return
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, list):
            waiting.extend(node[:_MOST_NODES])
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[key] for key in ("@graph", "mainEntity") if key in node)


def _own(articles: list[Node], url: str) -> Node | None:
    named = [node for node in articles if article_key(url) in map(article_key, _addresses(node))]
    candidates = named or articles
    titles = {_text(node.get("headline")) or _text(node.get("name")) for node in candidates}
    if len(titles) != 1:
        return None
    return min(candidates, key=lambda node: min(_ARTICLES.index(one) for one in _types(node) & set(_ARTICLES)))


def _addresses(node: Node) -> Iterator[str]:
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        value = value.get("@id") if isinstance(value, dict) else value
        if isinstance(value, str) and is_plain_url(value):
            yield value


def _types(node: Node) -> frozenset[str]:
    told = node.get("@type")
    types = told if isinstance(told, list) else [told]
    return frozenset(one.rpartition("/")[2] for one in types if isinstance(one, str))


def _names(value: object, by_id: dict[str, Node], *, deep: bool = True) -> Iterator[str]:
    if isinstance(value, list):
        for one in value[:_MOST_AUTHORS] if deep else []:
            yield from _names(one, by_id, deep=False)
    elif isinstance(value, dict):
        known = by_id.get(str(value.get("@id")), {})
        yield _text(value.get("name")) or _text(known.get("name"))
    else:
        yield _text(value)


def _text(value: object) -> str:
    """A string, the first of a list of strings, or the value of a tagged one."""
    value = value[0] if isinstance(value, list) and value else value
    value = value.get("@value") or value.get("name") if isinstance(value, dict) else value
    return unescape_html(value).strip() if isinstance(value, str) else ""


def _date(value: object) -> PartialDate | None:
    return parse_partial_date(_text(value))
