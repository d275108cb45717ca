"""The digests, as files with what the curator has written into them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from notebot.app import digests
from notebot.web.markdown import render_markdown
from notebot.web.visit import Visit, route

if TYPE_CHECKING:
    from starlette.responses import Response

_MARK = re.compile(r"<!-- /?nb\b[^<>\n]{0,200}-->")
_FOLDED = re.compile(r"^<details><summary>([^<>\n]{0,200})</summary>$|^</details>$", re.MULTILINE)
_TICK = re.compile(r"^([-*] )\[([ xX])\] ", re.MULTILINE)


def list_digests(visit: Visit) -> Response:
    """The names of all digests, the newest first."""
    names = [name.removesuffix(".md") for name in reversed(visit.resources.store.digests.names())]
    return visit.render("digests.html", names=names)


def show(visit: Visit) -> Response:
    """One digest as its file is now, or as it was written if the file is gone."""
    text, path = digests.read_digest(visit.resources, f"{visit.request.path_params['name']}.md")
    return visit.render(
        "digest.html", name=visit.request.path_params["name"], file=path, html=Markup(render_digest(text))
    )


def render_digest(text: str) -> str:
    """Renders a digest as HTML without the hidden marks that `collect` reads; task boxes become ☐ or ☑."""
    # HTML is off in Markdown, so `<details>` would be shown as text: its summary becomes a heading
    shown = _FOLDED.sub(lambda folded: f"\n### {folded[1]}\n" if folded[1] else "", _MARK.sub("", text))
    return render_markdown(_TICK.sub(lambda tick: f"{tick[1]}{'☐' if tick[2] == ' ' else '☑'} ", shown))


ROUTES = [route("/digests", list_digests), route("/digests/{name}", show)]
