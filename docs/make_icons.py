"""Draws the icons of the installed review page from icon.svg, in a real Chromium.

    .venv/bin/python docs/make_icons.py

Phones cut a maskable icon to their own shape, so its background fills the square and its drawing keeps to the middle
(W3C, "Web Application Manifest", purpose "maskable": a circle of 80 % of the width).
"""

import base64
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
sys.path.insert(0, str(TOP / "tests"))

from real_browser import real_browser  # noqa: E402

STATIC = TOP / "src/notebot/web/static"
SVG = (STATIC / "icon.svg").read_text(encoding="utf-8")
FULL = SVG.replace('rx="14"', "").replace('viewBox="0 0 64 64"', 'viewBox="-6 -6 76 76"')
FULL = FULL.replace('<rect width="64" height="64"', '<rect x="-6" y="-6" width="76" height="76"')
ICONS = {"icon-192.png": (SVG, 192), "icon-512.png": (SVG, 512), "icon-maskable.png": (FULL, 512)}


def main() -> None:
    """Writes the PNG files beside the SVG."""
    with real_browser() as browser:
        browser.start_anew()
        browser.cdp("Emulation.setDefaultBackgroundColorOverride", color={"r": 0, "g": 0, "b": 0, "a": 0})
        for name, (svg, size) in ICONS.items():
            browser.show((size, size))
            page = f"<style>*{{margin:0}}svg{{display:block;width:{size}px}}</style>{svg}"
            browser.open("data:text/html;base64," + base64.b64encode(page.encode()).decode())
            clip = {"x": 0, "y": 0, "width": size, "height": size, "scale": 1}
            shot = browser.cdp("Page.captureScreenshot", format="png", clip=clip, optimizeForSpeed=False)
            (STATIC / name).write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
