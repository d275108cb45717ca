"""The sitemap (sitemaps.org 0.9), which search engines read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 50_000
"""Addresses in one file; with more there are several files and an index of them."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap_names(count: int) -> list[str]:
    """The names of the files for this many pages, ``sitemap.xml`` first."""
    if count <= LONGEST:
        return ["sitemap.xml"]
    return ["sitemap.xml", *(f"sitemap-{place}.xml" for place in range(1, -(-count // LONGEST) + 1))]


def sitemap_file(name: str, base_url: str, pages: Sequence[str]) -> bytes:
    """The text of one of these files."""
    names = sitemap_names(len(pages))
    if name == names[0] and len(names) > 1:
        return _file("sitemapindex", "sitemap", base_url, names[1:])
    start = LONGEST * max(0, names.index(name) - 1)
    return _file("urlset", "url", base_url, pages[start : start + LONGEST])


def _file(root: str, item: str, base_url: str, names: Sequence[str]) -> bytes:
    address = base_url.replace("&", "&amp;")
    # a quoted name has no character that XML would escape
    lines = "".join(f"<{item}><loc>{address}{quote(name)}</loc></{item}>\n" for name in names)
    return f"{_HEAD}<{root} {_SCHEMA}>\n{lines}</{root}>\n".encode()
