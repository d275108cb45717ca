"""The page can be installed: its manifest, its icons, and what Chromium says of them."""

from __future__ import annotations

import struct

import pytest

from real_browser import needs_browser, real_browser
from web.served_desk import ServedPage


def test_the_manifest_needs_no_session_and_names_icons_of_the_size_they_have(page: ServedPage) -> None:
    stranger = page.stranger()
    answer = stranger.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert manifest["share_target"] == {
        "action": "/add",
        "method": "GET",
        "enctype": "application/x-www-form-urlencoded",
        "params": {"title": "title", "text": "text", "url": "url"},
    }
    assert [icon["purpose"] for icon in manifest["icons"]] == ["any", "any", "maskable"]
    for icon in manifest["icons"]:
        picture = stranger.get(icon["src"])
        assert (picture.status_code, picture.headers["content-type"]) == (200, icon["type"])
        assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", picture.content[16:24])
        assert f"{width}x{height}" == icon["sizes"]
        assert len(picture.content) < 15_000


def test_other_paths_than_the_manifest_need_a_session(page: ServedPage) -> None:
    stranger = page.stranger()
    for path in ("/manifest.webmanifest.bak", "/manifest.webmanifest/x", "/icon", "/started"):
        assert stranger.get(path).status_code == 401, path


@pytest.mark.browser
@pytest.mark.slow
@needs_browser
def test_chromium_would_install_the_page(page: ServedPage) -> None:
    with real_browser() as browser:
        browser.start_anew()
        browser.open(page.server.start_url())
        # not of the page that signs in, because Chromium may still be leaving that
        browser.open(page.server.url)
        manifest = browser.cdp("Page.getAppManifest")
        assert manifest["errors"] == []
        assert manifest["url"] == f"{page.url}manifest.webmanifest"
        assert browser.cdp("Page.getInstallabilityErrors")["installabilityErrors"] == []
        assert browser.complaints() == []
