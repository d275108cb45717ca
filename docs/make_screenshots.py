"""Takes the pictures of the review page, of a mail and of the site in docs/img, from the demo's papers, in Chromium.

    .venv/bin/python docs/make_screenshots.py

Each page is shown at the size of a phone and of a desk, light and dark. Look at them after a change of the style sheet.
It needs a Japanese font, such as Debian's fonts-noto-cjk.
"""

import base64
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from selenium.common.exceptions import TimeoutException

TOP = Path(__file__).parents[1]
sys.path.insert(0, str(TOP / "tests"))

import msgspec  # noqa: E402

from notebot.app.delivery_messages import make_message  # noqa: E402
from notebot.app.resources import Resources  # noqa: E402
from notebot.config import load_config  # noqa: E402
from notebot.features.delivery.adapters.mail_templates import render_mail  # noqa: E402
from notebot.features.delivery.rules.events import DigestWritten  # noqa: E402
from notebot.web.server import WebServer  # noqa: E402
from real_browser import DESK, PHONE, RealBrowser, real_browser  # noqa: E402

IMAGES = Path(__file__).with_name("img")
PAGES = {
    "review": "/",
    "paper": "/papers/2605.90101",
    "stats": "/stats",
    "health": "/health",
    "add": "/add?title=A+post&url=https%3A%2F%2Farxiv.org%2Fabs%2F2605.90101",
}
NOW = datetime(2026, 5, 13, 5, tzinfo=UTC)
"""Some minutes after the demo's last digest, so that nothing looks out of date."""


def take(browser: RealBrowser, path: Path) -> None:
    """Stores what the window shows."""
    for tries_left in reversed(range(5)):
        try:
            shot = browser.cdp("Page.captureScreenshot", format="webp", quality=80)
            break
        except TimeoutException:  # on a busy machine: "aborted by navigation", long after the page was loaded
            if not tries_left:
                raise
    path.write_bytes(base64.b64decode(shot["data"]))


def take_mail(browser: RealBrowser, folder: Path) -> None:
    """Takes the pictures of a digest's mail in English, as a phone shows it."""
    notebot = Path(sys.executable).with_name("notebot")
    subprocess.run([notebot, "demo", "--language", "en", folder], check=True, capture_output=True)
    letter = folder / "mail.html"
    letter.write_text(digest_mail(folder), encoding="utf-8")
    for theme in ("", "-dark"):
        browser.start_anew(PHONE, dark=bool(theme))
        browser.open(letter.as_uri())
        take(browser, IMAGES / f"mail-{PHONE[0]}{theme}.webp")


def digest_mail(folder: Path) -> str:
    """The HTML part of the mail about the demo's last digest."""
    config = load_config(folder / "config.toml")
    web = msgspec.structs.replace(config.web, public_url="https://notes.example.org")
    resources = Resources(msgspec.structs.replace(config, web=web))
    event = DigestWritten(resources.store.digests.names()[-1])
    html = render_mail(make_message(resources, event), "me").html
    resources.close()
    return html


def take_site(browser: RealBrowser, folder: Path) -> None:
    """Takes two pictures of the site of the demo's archive: a tag on a desk, and a note on a phone in the dark."""
    notebot = Path(sys.executable).with_name("notebot")
    subprocess.run([notebot, "demo", "--language", "en", folder], check=True, capture_output=True)
    subprocess.run([notebot, "site", "site"], cwd=folder, check=True, capture_output=True)
    for page, size, theme in (("tags/Mathematics.html", DESK, ""), ("notes/102.html", PHONE, "-dark")):
        browser.start_anew(size, dark=bool(theme))
        browser.open(f"{(folder / 'site').as_uri()}/{page}")
        take(browser, IMAGES / f"site-{size[0]}{theme}.webp")


def main() -> None:
    """Runs the demo, serves its state, and takes all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, real_browser() as browser:
        folder = Path(name) / "demo"
        notebot = Path(sys.executable).with_name("notebot")
        subprocess.run([notebot, "demo", folder], check=True, capture_output=True)
        server = WebServer(Resources(load_config(folder / "config.toml"), now=lambda: NOW), ("127.0.0.1", 0))
        thread = server.serve_in_thread()
        browser.start_anew()
        browser.open(server.start_url())
        for page, path in PAGES.items():
            for size in (PHONE, DESK):
                for theme in ("", "-dark"):
                    browser.show(size, dark=bool(theme))
                    browser.open(server.url.rstrip("/") + path)
                    take(browser, IMAGES / f"{page}-{size[0]}{theme}.webp")
        server.stop()
        thread.join()
        take_mail(browser, Path(name) / "mail")
        take_site(browser, Path(name) / "site")


if __name__ == "__main__":
    main()
