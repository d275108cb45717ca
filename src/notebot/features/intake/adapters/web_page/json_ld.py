"""Reads the JSON-LD of a page (schema.org): finds the node that describes the page itself, and its facts."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.article import FactSource, PageClaims, article_key
from notebot.core.model.partial_date import PartialDate, parse_partial_date
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.html_tokens import unescape_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Node = dict[str, object]

# In order of preference, for pages that describe the same article as several types.
_ARTICLE_TYPES = (
    "ScholarlyArticle", "MedicalScholarlyArticle", "BlogPosting", "TechArticle", "NewsArticle", "Report",
    "AnalysisNewsArticle", "OpinionNewsArticle", "LiveBlogPosting", "SocialMediaPosting", "DiscussionForumPosting",
    "Article", "LearningResource", "VideoObject", "PresentationDigitalDocument", "SoftwareSourceCode", "Dataset",
)  # fmt: skip
# bounds of what a hostile page may cost; large collaborations list all their authors
_MAX_NODES = 2_000
_MAX_AUTHORS = 5_000
_MAX_SCRIPT_CHARACTERS = 1_000_000


class JsonLd(Struct, frozen=True):
    """The facts of the page's own node, and its schema.org types."""

    claims: PageClaims
    types: frozenset[str]


def read_json_ld(scripts: Sequence[str], url: str) -> JsonLd | None:
    """The article of the page at ``url``; ``None`` if there is none or if it is unclear which of several it is."""
    nodes = [node for script in scripts for node in _iterate_nodes(script)]
    nodes_by_id = {str(node["@id"]): node for node in nodes if "@id" in node and "@type" in node}
    articles = [node for node in nodes if _types(node) & set(_ARTICLE_TYPES)]
    # A page may list other articles. Those that state its URL are its own; otherwise all must agree on the title.
    articles = [node for node in articles if _names_url(node, url)] or articles
    titles = {_text(node.get("headline")) or _text(node.get("name")) for node in articles}
    if len(titles) != 1:
        return None
    node = next(node for name in _ARTICLE_TYPES for node in articles if name in _types(node))
    claims = PageClaims(
        FactSource.JSON_LD,
        title=titles.pop(),
        authors=tuple(_names(node.get("author") or node.get("creator"), nodes_by_id))[:_MAX_AUTHORS],
        company=next(iter(_names(node.get("publisher"), nodes_by_id)), ""),
        published_on=_date(node.get("datePublished")) or _date(node.get("uploadDate")),
        language=_text(node.get("inLanguage")),
        description=_text(node.get("abstract")) or _text(node.get("description")),
    )
    return JsonLd(claims, _types(node))


def _iterate_nodes(script: str) -> Iterator[Node]:
    """The nodes at the top of a script, in lists, under ``@graph``, and under ``mainEntity``."""
    try:
        queue: deque[object] = deque([json.loads(script[:_MAX_SCRIPT_CHARACTERS], strict=False)])
    except (ValueError, RecursionError):
        return
    for _ in range(_MAX_NODES):
        if not queue:
            return
        node = queue.popleft()
        if isinstance(node, list):
            queue.extend(node[:_MAX_NODES])
        elif isinstance(node, dict):
            yield node
            queue.extend(node[key] for key in ("@graph", "mainEntity") if key in node)


def _names_url(node: Node, url: str) -> bool:
    """Whether the node states that it describes the page at ``url``."""
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        value = value.get("@id") if isinstance(value, dict) else value
        if isinstance(value, str) and is_plain_url(value) and article_key(value) == article_key(url):
            return True
    return False


def _types(node: Node) -> frozenset[str]:
    """The type names without their namespace (``https://schema.org/Article``)."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return frozenset(name.rpartition("/")[2] for name in names if isinstance(name, str))


def _names(value: object, nodes_by_id: dict[str, Node], *, allow_list: bool = True) -> Iterator[str]:
    """The names of people or organisations: strings, nodes, references to nodes, or a list of these."""
    if isinstance(value, list):
        for item in value[:_MAX_AUTHORS] if allow_list else []:
            yield from _names(item, nodes_by_id, allow_list=False)
    elif isinstance(value, dict):
        referenced = nodes_by_id.get(str(value.get("@id")), {})
        yield _text(value.get("name")) or _text(referenced.get("name"))
    else:
        yield _text(value)


def _text(value: object) -> str:
    """A string, the first string of a list, or the string in a value object; otherwise empty."""
    value = value[0] if isinstance(value, list) and value else value
    value = value.get("@value") or value.get("name") if isinstance(value, dict) else value
    # JSON-LD contains no HTML, but sites may escape it as if it did ("&amp;").
    return unescape_html(value).strip() if isinstance(value, str) else ""


def _date(value: object) -> PartialDate | None:
    return parse_partial_date(_text(value))
