"""What in a page of ours could act: the check that no text from outside became markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

# fmt: off
ELEMENTS = {
    "html", "head", "meta", "title", "link", "script", "body", "header", "main", "nav", "article", "section", "form",
    "label", "input", "textarea", "select", "option", "button", "details", "summary", "dialog", "a", "p", "span", "div",
    "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "code", "em", "strong", "s",
    "blockquote", "hr", "br", "table", "caption", "thead", "tbody", "tr", "th", "td", "time", "kbd", "footer", "figure",
    "figcaption", "svg", "desc", "g", "path", "rect", "circle", "line", "polyline", "text",
}
# fmt: on
"""What the pages are made of: nothing that embeds, and no style sheet in the page."""


def what_acts(document: Any, scripts: str = "/static/", policy: str = "") -> Iterator[str]:
    """Everything in a page that could run, load or send something, and that no template of ours writes.

    Args:
        scripts: how the addresses of the page's own scripts begin.
        policy: the content security policy of a page that has one in itself.
    """
    for element in document.iter():
        if not isinstance(element.tag, str):
            yield f"comment {element.text!r}"
            continue
        tag = element.tag.rpartition("}")[2]
        if tag not in ELEMENTS:
            yield f"element <{tag}>"
        if tag == "script" and (not element.get("src", "").startswith(scripts) or element.text):
            yield f"script {element.attrib} {element.text!r}"
        if tag == "meta" and "http-equiv" in element.attrib and element.get("content") != (policy or None):
            yield f"meta {element.attrib}"
        for name, value in element.attrib.items():
            bare = str(name).rpartition("}")[2].lower()
            if bare.startswith("on") or bare in ("style", "srcdoc", "formaction", "srcset", "ping"):
                yield f"attribute {bare}={value!r} of <{tag}>"
            if bare in ("href", "src", "action", "cite", "data", "data-url"):
                address = urlsplit("".join(value.split()).lower())
                own = tag != "a" and bare != "data-url"
                if address.scheme not in ("", "http", "https") or (own and (address.scheme or address.netloc)):
                    yield f"address {bare}={value!r} of <{tag}>"
                if (address.scheme or address.netloc) and tag == "a" and "noopener" not in element.get("rel", ""):
                    yield f"link {value!r} without rel=noopener"


def words(document: Any) -> str:
    """The text of a page with single spaces."""
    return " ".join("".join(document.itertext()).split())
