"""The web app manifest: the page can be installed on a phone, and receives what is shared there."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from notebot.web.rendering import static_url
from notebot.web.visit import Visit, route

PAPER, ACCENT = "#fbfaf6", "#1f5c57"
"""The page's colours, as in ``page.css``; a manifest has one value for light and dark."""


def show(visit: Visit) -> Response:
    """The manifest; browsers read it without a session."""
    icons = [("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any")]
    maskable = ("icon-maskable.png", "512x512", "maskable")
    manifest = {
        "id": "/",
        "name": "notebot",
        "short_name": "notebot",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": ACCENT,
        "icons": [
            {"src": static_url(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in (*icons, maskable)
        ],
        # with GET, because a POST from outside has no CSRF token; the form at that address asks for confirmation
        "share_target": {
            "action": "/add",
            "method": "GET",
            "enctype": "application/x-www-form-urlencoded",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }
    return Response(msgspec.json.encode(manifest), media_type="application/manifest+json")


ROUTES = [route("/manifest.webmanifest", show)]
