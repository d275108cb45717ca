"""An article from its address to a kept note, by the installed command and a page on loopback."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from acceptance.command import Desk
from servers.faulty_arxiv import FaultyArxiv

pytestmark = pytest.mark.slow

PAGE = """<html><head><title>How we count -- Example</title><script type="application/ld+json">
{"@context": "https://schema.org", "@type": "BlogPosting", "headline": "How we count",
 "author": {"@type": "Person", "name": "Ada Example"}, "datePublished": "2026-05-03"}
</script></head><body><h1>How we count</h1></body></html>"""
LINE = "How we count, Ada Example, 2026.05"


class Silent(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The address of the page."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "count--us.html").write_text(PAGE, encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/count--us.html"
        server.shutdown()


def test_an_article_is_digested_ticked_and_kept(page: str, desk: Desk, arxiv: FaultyArxiv) -> None:
    desk.sections = {"links": {"allow_loopback": True}}
    (found,) = desk.ok("fetch", page, "--save", "--json").json
    stub = found["stub"]
    assert (stub["kind"], stub["arxiv_id"], stub["title_line"]) == ("article", None, LINE)
    path = Path(desk.ok("digest").out.strip())
    text = path.read_text(encoding="utf-8")
    assert f"### {LINE}\n{page}\n" in text
    path.write_text(text.replace("- [ ] keep", "- [x] keep", 1), encoding="utf-8")
    assert desk.ok("collect", "--json").json[0]["changed"] == 1
    (note,) = desk.ok("search", "count", "--json").json
    assert (note["title_line"], note["url"], note["kind"], note["arxiv_id"]) == (LINE, page, "article", None)
    assert desk.ok("digest", "--json").json["entries"] == []


def test_a_page_on_this_machine_is_refused_unless_the_config_allows_it(page: str, desk: Desk) -> None:
    done = desk.run("fetch", page, "--json")
    assert done.code == 1
    assert done.json[0]["error"]["kind"] == "refused"
