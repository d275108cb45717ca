"""Restores comments from the HTML of the archive's site (format.md c, e).

An HTML parser would not do: the site escapes nothing, so ``<search>`` in a comment is the curator's text and
``&copy=1`` is part of a URL. Only the elements that the site itself writes are parsed.
"""

import re

from msgspec import Struct, field

from notebot.core.model.post_address import restore_x_host
from notebot.core.note_format.issue_body import parse_issue_url
from notebot.core.text.patterns import regex

_EMBED = regex(
    r"""<div\s+class="tweet-embed"[^<>]*<blockquote[^<>]*><a\s+href="([^"<>]*)"></a></blockquote>'>"""
    r"""\s*(?:<div\b[^<>]*>[^<>]*</div>\s*)?</div>"""
)
_RAW = regex(r"\{% (?:end)?raw %\}")
_ELEMENT = regex(
    r"<(?P<end>/?)(?P<name>p|br|a|strong|div|span|img|blockquote|button|article|h[1-6])\b(?P<rest>[^<>]*)>",
    re.IGNORECASE,
)
_HREF = regex(r"""\bhref=(?:"([^"]*)"|'([^']*)')""")
_SRC = regex(r'\bsrc="([^"]*)"')


class Written(Struct):
    """What a rendered passage contained before it was rendered."""

    texts: list[str] = field(default_factory=list)
    """One text per paragraph, because the site renders each comment as a paragraph."""
    refs: list[int] = field(default_factory=list)
    """The numbers of the archive's issues that it links to."""


def read_rendered(html: str, repo: str | None) -> Written:
    """The comments in a piece of the site's HTML.

    A link becomes its URL, or ``#12`` if it leads to an issue of ``repo`` (``owner/name``); posts get the host
    ``x.com``; images become Markdown.
    """
    html = _RAW.sub("<span>", _EMBED.sub(r"<span>\1<span>", html))
    writer, at = _Writer(repo), 0
    for element in _ELEMENT.finditer(html):
        writer.text(html[at : element.start()], bool(at), last=False)
        writer.element(element)
        at = element.end()
    writer.text(html[at:], bool(at), last=True)
    writer.close_comment()
    return writer.written


class _Writer:
    """Collects the text of one comment after the other."""

    def __init__(self, repo: str | None) -> None:
        self.written = Written()
        self._repo = repo
        self._parts: list[str] = []
        self._link: tuple[str, int] | None = None
        """URL of the open link, and the index in ``_parts`` at which its text begins."""

    def text(self, text: str, after_element: bool, *, last: bool) -> None:
        """Adds the text between two elements; line ends next to an element come from the template and are removed."""
        if after_element:
            text = text.lstrip("\n")
        self._parts.append(text if last else text.rstrip("\n"))

    def element(self, element: re.Match[str]) -> None:
        name, ends = element["name"].lower(), bool(element["end"])
        if name == "p":
            self.close_comment()
        elif name == "br":
            self._parts.append("\n")
        elif name == "a":
            self._close_link()
            if not ends and (href := _HREF.search(element["rest"])):
                self._link = (href[1] or href[2] or "", len(self._parts))
        elif name == "img" and (source := _SRC.search(element["rest"])):
            self._parts.append(f"![image]({source[1]})")

    def close_comment(self) -> None:
        self._close_link()
        text = restore_x_host("".join(self._parts)).strip("\n").rstrip()
        if text:
            self.written.texts.append(text)
        self._parts = []

    def _close_link(self) -> None:
        if self._link is None:
            return
        (address, start), self._link = self._link, None
        shown = "".join(self._parts[start:])
        issue = parse_issue_url(address)
        if issue and self._repo and issue[0].lower() == self._repo.lower():
            self.written.refs.append(issue[1])
            link = f"#{issue[1]}"
        elif not shown.strip():
            link = address
        else:
            link = shown if "://" in shown else f"[{shown}]({address})"
        self._parts[start:] = [link]
