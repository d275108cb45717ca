"""The site as a whole, in a real folder: what is written, what stays, and what each page contains."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import feedparser
import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from acting_markup import words
from fakes import paper
from features.site.invented_notes import SETTINGS, build, contents, note
from notebot.core.model.note import Note
from notebot.core.note_format.note_from_stub import make_note
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.site.adapters.templates import SiteTemplates
from notebot.features.site.rules.full_note import FullNote
from notebot.features.site.rules.outline import Outline
from notebot.features.topics.rules.drafting import draft_from_paper

NOTES = [note(1), note(2, refs=(1,), comments=("関連:\n- #1\n- #99",)), note(3, tags=("NLP", "a/b", "read-later"))]
BASE = "https://ann.example/notes/"


def parsed(content: bytes) -> Any:
    """A page, read by a parser that refuses HTML that is not valid."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(content.decode())


def links(document: Any) -> Iterator[tuple[str, str]]:
    """Element and address of everything that a page links to or loads."""
    for element in document.iter():
        for name in ("href", "src", "action"):
            if isinstance(element.tag, str) and name in element.attrib:
                yield element.tag, element.attrib[name]


def page_words(folder: Path, name: str) -> str:
    return words(parsed((folder / name).read_bytes()).find("body"))


def test_a_note_without_a_date_begins_its_line_with_the_number(tmp_path: Path) -> None:
    build(tmp_path, [note(1), note(2, issue_date=None)])
    assert "2026-05-02 · #1" in page_words(tmp_path, "notes/1.html")
    assert "· #2" not in page_words(tmp_path, "notes/2.html")


def test_every_page_is_valid_and_every_link_leads_to_a_file_of_the_site(tmp_path: Path) -> None:
    build(tmp_path, [*NOTES, *(note(number) for number in range(4, 130))])
    files = contents(tmp_path)
    pages = {name: parsed(content) for name, content in files.items() if name.endswith(".html")}
    assert {"index.html", "tags.html", "search.html", "stats.html", "404.html"} < pages.keys()
    assert {"notes/all.html", "notes/all~1.html", "tags/NLP.html", "tags/NLP~1.html", "tags/a_b.html"} < pages.keys()
    linked = set()
    for name, document in pages.items():
        for element, address in links(document):
            if address.startswith("#"):
                continue
            parts = urlsplit(address)
            if parts.scheme:
                assert (element, parts.scheme) == ("a", "https"), (name, address)
                continue
            target = unquote(urlsplit(urljoin(f"https://x.example/{name}", address)).path).removeprefix("/")
            assert not address.startswith("/"), (name, address)
            assert target in files, (name, address)
            linked.add(target)
    # each page can be reached without script, but for the one that hosts show by themselves
    assert pages.keys() - linked == {"404.html"}


def test_the_page_of_a_note_shows_everything_about_it(tmp_path: Path) -> None:
    build(tmp_path, NOTES)
    document = parsed((tmp_path / "notes/2.html").read_bytes())
    text = words(document.find("body"))
    for part in (
        *("Counting to 2", "Ann Author, Ben Writer", "ACL'26 · 2026.05", "2026-05-03", "#NLP", "#Mathematics"),
        *("要約 2。数学的な推論のための手法。", "We count 2 things.", "x.com/ann/status/1000000000000000002", "#2"),
    ):
        assert part in text, part
    hrefs = [address for element, address in links(document) if element == "a"]
    assert "https://arxiv.org/abs/2605.00002" in hrefs
    assert "https://github.com/ann/notes/issues/2" in hrefs
    assert hrefs.count("1.html") + hrefs.count("../notes/1.html") == 2  # in the comment and under related notes
    assert "Notes that refer to this one Counting to 2" in page_words(tmp_path, "notes/1.html")
    assert "#99" in text  # no note, no link
    names = [meta.get("name") for meta in document.iter("meta")]
    assert names.count("citation_author") == 2
    assert document.find(".//span[@class='Z3988']").get("title").startswith("ctx_ver=Z39.88-2004&")


def test_markdown_of_comments_is_rendered_without_pictures_and_levels_that_skip(tmp_path: Path) -> None:
    text = "# 概要\n\n- 一\n- **二**\n\n![図](https://a.example/i.png)\n<img src='https://a.example/j.png'>\nhttps://a.example/k。"
    build(tmp_path, [note(1, comments=(text,))])
    document = parsed((tmp_path / "notes/1.html").read_bytes())
    comment = document.find(".//div[@class='markdown comment']")
    assert [element.tag for element in comment.iter()][1:6] == ["h3", "ul", "li", "li", "strong"]
    assert [(each.get("href"), each.get("rel")) for each in comment.iter("a")] == [
        (f"https://a.example/{name}", "noopener noreferrer") for name in ("i.png", "j.png", "k")
    ]
    assert not list(document.iter("img"))


def test_lists_show_the_newest_first_and_every_note_once(tmp_path: Path) -> None:
    build(tmp_path, [note(number, issue_date=date(2026, 1, 1)) for number in range(1, 122)])
    shown = []
    for name in ("tags/NLP.html", "tags/NLP~1.html"):
        headings = parsed((tmp_path / name).read_bytes()).iter("h2")
        shown += [words(heading) for heading in headings]
    assert shown == [f"Counting to {number}" for number in range(121, 0, -1)]


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    first = build(tmp_path, NOTES)
    before = {path: path.stat() for path in tmp_path.rglob("*.html")}
    second = build(tmp_path, NOTES[::-1])
    assert (second.written, second.unchanged, second.removed) == (0, first.written, 0)
    assert {path: path.stat() for path in tmp_path.rglob("*.html")} == before


def test_a_change_of_one_note_writes_what_shows_it(tmp_path: Path) -> None:
    notes = [note(number, tags=("RAG",) if number % 2 else ("NLP",)) for number in range(1, 130)]
    build(tmp_path, notes)
    before = contents(tmp_path)
    build(tmp_path, [replace(notes[0], summary="別の要約。"), *notes[1:]])
    after = contents(tmp_path)
    changed = {name for name in after if before[name] != after[name]}
    pages = {name for name in changed if not name.startswith("search/")}
    assert pages <= {"notes/1.html", "notes/all~1.html", "tags/RAG.html", "search.html"}
    assert {"notes/1.html", "search.html"} <= pages
    assert len(changed) < 20


def test_the_files_of_notes_and_tags_that_vanished_are_removed(tmp_path: Path) -> None:
    build(tmp_path, NOTES)
    (tmp_path / "notes/mine.html").write_text("mine")
    report = build(tmp_path, [NOTES[0], replace(NOTES[1], state="closed")])
    assert report.removed == 6  # two notes, and page and feed of two tags
    files = contents(tmp_path)
    assert "notes/mine.html" in files
    assert not {"notes/2.html", "notes/3.html", "tags/a_b.html", "tags/a_b.xml"} & files.keys()
    assert "Counting to 2" not in page_words(tmp_path, "notes/1.html")


@settings(max_examples=min(8, settings().max_examples // 4))
@given(st.randoms(use_true_random=False))
def test_a_site_that_grew_and_shrank_is_the_site_built_anew(
    tmp_path_factory: pytest.TempPathFactory, rng: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("site")
    for _ in range(3):
        numbers = rng.sample(range(1, 12), rng.randrange(12))
        notes = [
            note(
                number,
                rng.choice(("", "Tides")),
                tags=tuple(rng.sample(("NLP", "RAG", "rag", "a/b", "a_b"), rng.randrange(4))),
                refs=tuple(rng.sample(range(1, 12), rng.randrange(3))),
                issue_date=rng.choice((None, date(2026, 1, 1), date(2026, 1, 2))),
                state=rng.choice(("open", "open", "closed")),
            )
            for number in numbers
        ]
        report = build(folder, notes)
        assert (report.left, report.failures) == ([], [])
    anew = tmp_path_factory.mktemp("anew")
    build(anew, notes)
    assert contents(folder) == contents(anew)
    assert build(folder, notes).written == 0


class MistakenTemplates(SiteTemplates):
    """They fail for one note."""

    def note(self, outline: Outline, index: int, full: FullNote) -> bytes:
        if full.note.number == 2:
            raise ValueError
        return super().note(outline, index, full)


@pytest.mark.makes_mistakes
def test_a_note_that_fails_is_named_and_stops_no_other(tmp_path: Path) -> None:
    report = build(tmp_path, NOTES, templates=MistakenTemplates)
    assert len(report.failures) == 1
    assert "Counting to 2" in report.failures[0]
    assert (tmp_path / "notes/3.html").exists()
    assert build(tmp_path, NOTES).failures == []
    assert (tmp_path / "notes/2.html").exists()


def test_a_kept_paper_has_a_page_before_it_is_published(tmp_path: Path) -> None:
    stub = draft_from_paper(paper("2605.00009", "On tides"), None, ())
    build(tmp_path, NOTES, [(make_note(stub, NoteStyle()), stub)])
    (page,) = tmp_path.glob("notes/x*.html")
    text = page_words(tmp_path, f"notes/{page.name}")
    assert "On tides" in text
    assert "not yet published" in text
    assert " ".join(stub.abstract.split()) in text


def test_feeds_are_valid_and_name_each_note_the_same(tmp_path: Path) -> None:
    build(tmp_path, [note(number, tags=("NLP", "数学")) for number in range(1, 50)])
    feeds = {path.name: feedparser.parse(path.read_bytes()) for path in tmp_path.rglob("*.xml")}
    assert feeds.keys() == {"all.xml", "NLP.xml", "数学.xml"}
    for feed in feeds.values():
        assert not feed.bozo
        assert len(feed.entries) == 20
        assert feed.entries[0].link.startswith("../notes/")
    assert len({feed.feed.id for feed in feeds.values()}) == 3
    assert [entry.id for entry in feeds["all.xml"].entries] == [entry.id for entry in feeds["NLP.xml"].entries]


def test_with_an_address_there_are_a_sitemap_and_absolute_links_where_they_are_needed(tmp_path: Path) -> None:
    notes = [note(number, tags=("数学",)) for number in range(1, 4)]
    build(tmp_path, notes, settings=replace(SETTINGS, base_url=BASE))
    sitemap = ElementTree.fromstring((tmp_path / "sitemap.xml").read_bytes())
    pages = [each.text or "" for each in sitemap.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert pages[:2] == [BASE, f"{BASE}tags.html"]
    for page in pages[1:]:
        assert (tmp_path / unquote(page.removeprefix(BASE))).is_file(), page
    feed = feedparser.parse((tmp_path / "tags/数学.xml").read_bytes())
    assert feed.entries[0].link == f"{BASE}notes/3.html"
    assert {link.rel: link.href for link in feed.feed.links} == {
        "self": f"{BASE}tags/%E6%95%B0%E5%AD%A6.xml",
        "alternate": f"{BASE}tags/%E6%95%B0%E5%AD%A6.html",
    }
    # hosts show this page at any address
    lost = parsed((tmp_path / "404.html").read_bytes())
    assert all(address.startswith(("/notes/", "https://")) for _, address in links(lost) if not address.startswith("#"))
    document = parsed((tmp_path / "notes/3.html").read_bytes())
    assert document.find(".//link[@rel='canonical']").get("href") == f"{BASE}notes/3.html"
    build(tmp_path, notes)
    assert not (tmp_path / "sitemap.xml").exists()


def test_an_empty_archive_has_a_site_too(tmp_path: Path) -> None:
    assert build(tmp_path, [], figures=()).failures == []
    for name, content in contents(tmp_path).items():
        if name.endswith(".html"):
            assert parsed(content) is not None
    assert "There are no notes yet." in page_words(tmp_path, "index.html")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_site_is_in_the_language_of_the_digest(tmp_path: Path, language: str) -> None:
    build(tmp_path, NOTES, settings=replace(SETTINGS, language=language))
    for name in ("index.html", "notes/2.html", "search.html"):
        document = parsed((tmp_path / name).read_bytes())
        assert document.get("lang") == language
        assert ("すべてのノート" in words(document)) == (language == "ja")


def test_static_files_and_templates_belong_to_the_version(tmp_path: Path) -> None:
    renderer = SiteTemplates(SETTINGS, (), "a {}")
    assert renderer.version == SiteTemplates(SETTINGS, (), "a {}").version
    assert renderer.version != SiteTemplates(SETTINGS, (), "b {}").version
    assert renderer.version != SiteTemplates(replace(SETTINGS, title="x"), (), "a {}").version


def test_the_first_page_stays_small(tmp_path: Path) -> None:
    notes = [note(number, tags=tuple(f"Tag{number * 3 + place}" for place in range(9))) for number in range(1, 200)]
    build(tmp_path, notes, figures=())
    assert (tmp_path / "index.html").stat().st_size < 60_000


def test_the_record_is_small_and_json(tmp_path: Path) -> None:
    report = build(tmp_path, NOTES)
    record = json.loads((tmp_path / ".notebot-site/manifest.json").read_bytes())
    assert len(record["files"]) == report.written
    assert record["files"].keys() == contents(tmp_path).keys()


def test_titles_without_a_note_number_do_not_collide(tmp_path: Path) -> None:
    notes = [Note("A, Ann", tags=("NLP",)), Note("B, Ann", tags=("NLP",))]
    build(tmp_path, notes)
    assert len(list(tmp_path.glob("notes/x*.html"))) == 2
