"""Digests as pages."""

from __future__ import annotations

from pathlib import Path

import html5lib
import pytest

from notebot.app import digests
from notebot.app.resources import Resources
from notebot.web.digests import render_digest
from web.served_desk import Browser, ServedDesk


@pytest.fixture
def digest(desk: ServedDesk) -> Path:
    """The file of a digest of three papers."""
    resources = Resources(desk.config, now=desk.clock)
    path = digests.digest(resources).path
    resources.close()
    assert path is not None
    return Path(path)


def test_a_digest_is_shown_as_its_file_is_now(digest: Path, browser: Browser) -> None:
    assert f'<a href="/digests/{digest.stem}">' in browser.get("/digests")
    text = digest.read_text("utf-8").replace("- [ ] keep", "- [x] keep", 1)
    digest.write_text(text + "\nMy own words <script>alert(1)</script>\n", "utf-8")
    page = browser.get(f"/digests/{digest.stem}")
    html5lib.HTMLParser(strict=True).parse(page)
    assert "My own words &lt;script&gt;" in page
    assert page.count("☑ keep") == 1
    assert page.count("☐ keep") == 2
    assert "nb 2605" not in page
    assert "On mathematics, part 00001" in page
    assert '<a href="https://arxiv.org/abs/2605.00001" rel="noopener noreferrer">' in page


def test_a_digest_whose_file_is_gone_is_shown_as_it_was_written(digest: Path, browser: Browser) -> None:
    digest.unlink()
    page = browser.get(f"/digests/{digest.stem}")
    assert "moved or deleted" in page
    assert "On mathematics, part 00001" in page


@pytest.mark.parametrize("name", ["2020-01-01", "%2e%2e%2fconfig", "%2e%2e", "x" * 500])
def test_other_names_are_no_digests(digest: Path, browser: Browser, name: str) -> None:
    assert browser.client.get(f"/digests/{name}").status_code == 404


def test_folded_parts_become_headings() -> None:
    html = render_digest(
        "## Coverage\n\n<details><summary>by category</summary>\n\n| a |\n|---|\n| 1 |\n\n</details>\n"
    )
    assert "<h3>by category</h3>" in html
    assert "<table>" in html
    assert "details" not in html
