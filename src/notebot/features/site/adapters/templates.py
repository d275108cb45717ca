"""Renders the site with Jinja2; every text is escaped, and all links between its files are relative."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec
from markupsafe import Markup
from msgspec import Struct

from notebot import __version__
from notebot.core.note_format.title_line import PREFIXES
from notebot.core.packaged_files import packaged_path
from notebot.core.text.atom import Feed, FeedEntry, midnight, write_atom
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.markdown_parser import NOTES, make_parser, plain_html
from notebot.features.archive.export import note_entry
from notebot.features.archive.rules.tag_page.entry_parts import clean, issue_link
from notebot.features.site.build_site import INDEX_PAGE, EntryKind
from notebot.features.site.rules.citation import author_names, cite_note, coins, meta_tags
from notebot.features.site.rules.outline import most_used
from notebot.features.site.rules.sitemap import sitemap_file, sitemap_names
from notebot.features.site.rules.wording import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import jinja2
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

    from notebot.features.site.rules.full_note import FullNote
    from notebot.features.site.rules.outline import BareNote, ListPage, NoteList, Outline

COMMON_TAGS = 20
"""Tags on the first page."""
_FEATURE = Path(__file__).parents[1]
_STATIC = _FEATURE / "static"
_NOT_FOUND = "404.html"
_MENU = (INDEX_PAGE, "tags.html", "stats.html", "search.html")
"""The pages that the menu marks as the current one, besides two lists; the search page has no second search field."""
_HEADING = "h3"
"""Every heading that the curator typed: the page has h1 and h2, and no level may be skipped."""


class SiteFigure(Struct, frozen=True):
    """A plot of the statistics, with its numbers as text."""

    name: str
    title: str
    about: str
    svg: str
    """Safe markup, drawn by the templates of the statistics; empty if there is nothing to count."""
    headings: list[str]
    rows: list[list[str]]


class SiteSettings(Struct, frozen=True, kw_only=True):
    """What all pages share."""

    title: str
    language: str
    """``ja`` or ``en``."""
    base_url: str = ""
    """Where the site will be, with a slash at its end; empty if that is not known."""
    repo: str = ""
    """``owner/name`` on GitHub."""
    reading_list: str
    """The tag of notes that wait to be read."""
    journals: tuple[str, ...] = ()
    """The names of venues that are journals."""


class SiteTemplates:
    """See :class:`notebot.features.site.build_site.SiteRenderer`."""

    def __init__(self, settings: SiteSettings, figures: Sequence[SiteFigure], plot_css: str) -> None:
        self._settings = settings
        self._figures = figures
        self._words = words_of(settings.language)
        self._journals = frozenset(settings.journals)
        self._parser = make_site_parser()
        self._static = {f"assets/{path.name}": path.read_bytes() for path in sorted(_STATIC.iterdir())}
        self._static["assets/plot.css"] = plot_css.encode()
        self._revisions = {name: _revision(content) for name, content in self._static.items()}
        self._environment = self._make_environment()
        self._tag_links: dict[tuple[str, str], Markup] = {}
        self._shells: dict[tuple[str, str, tuple[str, ...]], tuple[Markup, Markup]] = {}

    @property
    def version(self) -> str:
        # the program's own text too: a version from a checkout may change without a new number
        templates = [path for folder in _folders() for path in folder.iterdir()]
        sources = [path.read_bytes() for path in (*sorted(templates), *sorted(_FEATURE.rglob("*.py")))]
        return _revision(msgspec.msgpack.encode((__version__, self._settings, self._revisions, sources)))

    def note(self, outline: Outline, index: int, full: FullNote) -> bytes:
        note, root = full.note, "../"
        citation = cite_note(full, self._journals)
        pages = {
            str(number): root + quote(outline.files[outline.numbered[number]])
            for number in note.refs
            if number in outline.numbered
        }
        authors = author_names(citation) if full.authors else []
        return self._page(
            "note.html",
            outline,
            outline.files[index],
            full=full,
            byline=_byline(full, with_author=not authors),
            meta_tags=list(meta_tags(citation, full.abstract)),
            coins=coins(citation, full.abstract),
            issue=issue_link(note, self._settings.repo or None),
            authors=authors,
            tags=self._links_of_tags(outline, index, root),
            prose=self._markdown(full.prose, pages),
            comments=[self._markdown(text, pages) for text in full.comments],
            posts=[url for url in note.posts if is_plain_url(url)],
            related=[self._named(outline, other) for other in outline.related(index)],
            referring=[self._named(outline, other) for other in outline.referring.get(index, ())],
        )

    def entry(self, outline: Outline, index: int, full: FullNote, kind: EntryKind) -> bytes:
        if kind is EntryKind.FEED:
            link = self._feed_link(outline.files[index])
            return msgspec.json.encode(note_entry(full.note, midnight(full.note.issue_date), link)) + b"\n"
        root = "" if kind is EntryKind.FIRST_PAGE else "../"
        template = self._environment.get_template("entry.html")
        text = template.render(
            t=self._words,
            href=root + quote(outline.files[index]),
            heading="h3" if kind is EntryKind.FIRST_PAGE else "h2",
            full=full,
            byline=_byline(full, with_author=True),
            tags=self._links_of_tags(outline, index, root),
        )
        return text.encode()

    def list_page(self, outline: Outline, notes: NoteList, page: ListPage, entries: bytes) -> bytes:
        # the oldest page is number 1 and stays it; the first one shown has the highest number
        number = len(notes.pages) - notes.pages.index(page)
        return self._page(
            "list.html", outline, page.file, notes=notes, page=page, number=number, entries=Markup(entries.decode())
        )

    def feed(self, outline: Outline, notes: NoteList, entries: bytes) -> bytes:
        settings = self._settings
        feed = Feed(
            name=f"site {settings.base_url or settings.repo or settings.title} {notes.label}",
            title=clean(f"{settings.title}: {notes.label}" if notes.label else settings.title),
            author=settings.title,
            entries=tuple(msgspec.json.decode(line, type=FeedEntry) for line in entries.splitlines()),
        )
        own = {"self": settings.base_url + quote(notes.feed)} if settings.base_url else {}
        links = {**own, "alternate": self._feed_link(notes.file)}
        return write_atom(feed, "text", lambda entry: "\n\n".join(entry.parts), links=links).encode()

    def first_page(self, outline: Outline, entries: bytes) -> bytes:
        common = most_used(outline.tags)[:COMMON_TAGS]
        return self._page("index.html", outline, INDEX_PAGE, common=common, entries=Markup(entries.decode()))

    def other_pages(self, outline: Outline, index_revision: str) -> dict[str, Callable[[], bytes]]:
        pages: dict[str, Callable[[], bytes]] = {name: partial(bytes, text) for name, text in self._static.items()}
        # GitHub Pages would run Jekyll on the files of a branch, and leave some out
        pages[".nojekyll"] = partial(bytes, b"\n")
        by_name = sorted(outline.tags.values(), key=lambda each: (each.label.casefold(), each.label))
        pages["tags.html"] = partial(self._page, "tags.html", outline, "tags.html", all_tags=by_name)
        search = {"revision": index_revision, "count": len(outline.notes)}
        pages["search.html"] = partial(self._page, "search.html", outline, "search.html", **search)
        pages["stats.html"] = partial(self._page, "stats.html", outline, "stats.html", figures=self._figures)
        pages[_NOT_FOUND] = partial(self._page, "404.html", outline, _NOT_FOUND)
        if self._settings.base_url:
            # the pages that search engines should know, the newest notes first
            lists = (outline.everything, *outline.tags.values())
            files_of_lists = [page.file for notes in lists for page in notes.pages]
            addresses = ["", "tags.html", "stats.html", *reversed(outline.files), *files_of_lists]
            for name in sitemap_names(len(addresses)):
                pages[name] = partial(sitemap_file, name, self._settings.base_url, addresses)
        return pages

    def facts_of_other_pages(self, outline: Outline, index_revision: str) -> object:
        return [(each.label, each.stem, each.total) for each in outline.tags.values()], index_revision, self._figures

    def _page(self, template: str, outline: Outline, file: str, **values: object) -> bytes:
        """One page; ``root`` is the way from its folder to that of ``index.html``."""
        settings = self._settings
        root = "../" * file.count("/")
        if file == _NOT_FOUND and settings.base_url:
            root = urlsplit(settings.base_url).path  # hosts show it at the address that was asked for
        head, header = self._shell(root, file, outline)
        text = self._environment.get_template(template).render(
            t=self._words,
            site=settings,
            root=root,
            file=file,
            head=head,
            header=header,
            canonical=settings.base_url + quote(file.removesuffix(INDEX_PAGE)) if settings.base_url else "",
            everything=outline.everything,
            **values,
        )
        return text.encode()

    def _shell(self, root: str, file: str, outline: Outline) -> tuple[Markup, Markup]:
        """The head and the header of a page; pages of one folder that the menu does not name have the same ones."""
        reading_list = outline.tags.get(self._settings.reading_list)
        lists = [each.file for each in (outline.everything, reading_list) if each]
        key = root, file if file in (*_MENU, *lists) else "", tuple(lists)
        if key not in self._shells:
            values = {"t": self._words, "site": self._settings, "root": root, "file": file}
            values |= {"everything": outline.everything, "reading_list": reading_list}
            templates = map(self._environment.get_template, ("head.html", "header.html"))
            head, header = (Markup(template.render(values)) for template in templates)
            self._shells[key] = head, header
        return self._shells[key]

    def _make_environment(self) -> jinja2.Environment:
        import jinja2

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_folders()),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=True,
        )
        environment.filters["address"] = quote
        environment.filters["clean"] = clean
        environment.filters["short"] = _short_link
        # browsers keep a file as long as they like and see a new version at once
        environment.globals["asset"] = lambda name: f"assets/{name}?{self._revisions[f'assets/{name}']}"
        return environment

    def _links_of_tags(self, outline: Outline, index: int, root: str) -> list[Markup]:
        return [self._link_of_tag(outline, tag, root) for tag in outline.notes[index].tags]

    def _link_of_tag(self, outline: Outline, tag: str, root: str) -> Markup:
        link = self._tag_links.get((tag, root))
        if link is None:
            template = Markup('<a class="tag" href="{}">#{}</a>')
            link = template.format(root + quote(outline.tags[tag].file), clean(tag))
            self._tag_links[tag, root] = link
        return link

    def _named(self, outline: Outline, index: int) -> tuple[str, str, BareNote]:
        """A note as another page links to it: its address from that page's folder, its title line, and the note."""
        note = outline.notes[index]
        line = clean(note.title_line)
        for prefix in PREFIXES:
            line = line.removeprefix(prefix)
        return "../" + quote(outline.files[index]), line.strip(), note

    def _markdown(self, text: str, pages: dict[str, str]) -> Markup:
        if not text:
            return Markup("")
        html = plain_html(text)
        return Markup(self._parser.render(text, {NOTES: pages}) if html is None else html)

    def _feed_link(self, file: str) -> str:
        """The address of a file from a feed, all of which are in folders of the site."""
        return (self._settings.base_url or "../") + quote(file)


def make_site_parser() -> MarkdownIt:
    """Renders what the curator wrote; it is used for many texts, one after the other."""
    parser = make_parser()
    parser.validateLink = is_plain_url  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _render_link)
    parser.core.ruler.push("headings", _level_headings)
    return parser


def _level_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = _HEADING


def _render_link(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object) -> str:
    """The beginning of a link; one to another site tells that site nothing and gives it no power over the page."""
    if "://" in str(tokens[at].attrs.get("href", "")):
        tokens[at].attrs["rel"] = "noopener noreferrer"
    return renderer.renderToken(tokens, at, options, env)  # type: ignore[arg-type]


def _byline(full: FullNote, *, with_author: bool) -> str:
    """What the title line says after the title: ``Li+ · ACL'26 · 2026.03``."""
    title = full.title
    author = [title.author.text] if title.author and with_author else []
    return " · ".join([*author, *title.slots, *(part.text for part in (title.venue, title.date) if part)])


def _folders() -> list[Path]:
    return [packaged_path("templates") / name for name in ("site", "stats")]


def _short_link(url: str) -> str:
    """An address as a reader needs to see it."""
    text = url.partition("://")[2].removeprefix("www.").partition("?")[0].rstrip("/")
    return text if len(text) <= 60 else f"{text[:59]}…"


def _revision(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=6).hexdigest()
