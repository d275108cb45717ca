"""The documentation as a site: built without a warning, every link leads somewhere, every command and key is in it."""

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib
import msgspec
import pytest

from notebot.cli.root import COMMANDS
from notebot.config.sections import SECTIONS

pytestmark = pytest.mark.slow
TOP = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    target = tmp_path_factory.mktemp("docs") / "html"
    words = [sys.executable, str(TOP / "docs/make_site.py"), str(target)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    return target


def links(page: Path) -> tuple[set[str], set[str]]:
    """The ids of a page, and the addresses that it names."""
    tree = html5lib.parse(page.read_bytes(), namespaceHTMLElements=False)
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    names = [element.get("href") or element.get("src") for element in tree.iter()]
    return ids, {name for name in names if name}


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    read = {page: links(page) for page in sorted(site.glob("*.html"))}
    assert len(read) > 12
    for page, (_, addresses) in read.items():
        for address in addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                assert parts.scheme in {"https", "mailto"}, (page.name, address)
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.exists(), (page.name, address)
            if parts.fragment and target in read:
                assert unquote(parts.fragment) in read[target][0], (page.name, address)
    loaded = re.compile(r'<(?:script|img|iframe)[^>]+src="https?://|<link[^>]+rel="stylesheet"[^>]+href="https?://')
    assert not [page.name for page in read if loaded.search(page.read_text(encoding="utf-8"))]


def test_every_page_is_in_the_table_of_contents(site: Path) -> None:
    _, addresses = links(site / "index.html")
    written = {page.name for page in site.glob("*.html")} - {"index.html", "genindex.html", "search.html"}
    assert written <= addresses
    assert {f"{path.stem}.html" for path in (TOP / "docs").glob("*.md")} <= written


def test_every_command_and_every_key_is_in_the_reference(site: Path) -> None:
    page = (site / "reference.html").read_text(encoding="utf-8")
    text = unescape(re.sub(r"<[^>]+>", "", page))
    assert [name for name in COMMANDS if f"notebot {name}" not in text] == []
    for section, model in SECTIONS.items():
        body = text.partition(f"[{section}]")[2]
        assert body, section
        assert [field.name for field in msgspec.structs.fields(model) if field.name not in body] == []
