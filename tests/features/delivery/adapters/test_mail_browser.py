"""A mail as a browser shows it: readable on a phone, light and dark, and nothing is loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from features.delivery.adapters.test_mail import ENTRY, MESSAGE
from notebot.features.delivery.adapters.mail_templates import render_mail
from real_browser import DESK, PHONE, RealBrowser, needs_browser, real_browser
from web.hostile_text import PAYLOADS

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_browser]


@pytest.fixture(scope="module")
def chromium() -> Iterator[RealBrowser]:
    with real_browser() as started:
        yield started


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_mail_is_readable_in_every_size_and_theme(chromium: RealBrowser, tmp_path: Path, language: str) -> None:
    hostile = [
        replace(ENTRY, key=f"k{n}", title=payload, summary=payload, hints=payload, in_full=n % 2 == 0)
        for n, payload in enumerate(PAYLOADS)
    ]
    message = replace(MESSAGE, entries=(ENTRY, *hostile), warnings=("x" * 500, *PAYLOADS[:5]), language=language)
    letter = tmp_path / "mail.html"
    letter.write_text(render_mail(message, "me").html, encoding="utf-8")
    for size in (PHONE, DESK):
        for dark in (False, True):
            chromium.start_anew(size, dark=dark)
            chromium.open(letter.as_uri())
            # colours have enough contrast in both themes; headings and landmarks are in order
            assert chromium.accessibility_violations() == [], (size, dark)
            assert chromium.driver.execute_script("return document.documentElement.scrollWidth") <= size[0]
            assert chromium.driver.execute_script("return window.attacked") is None
            assert chromium.hosts_asked() == set()
