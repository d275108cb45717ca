"""Renders the pages' templates, in which every text is escaped, and finds the static files."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from notebot.app.cards import paper_path
from notebot.core.packaged_files import packaged_path
from notebot.web.wording import words_of

if TYPE_CHECKING:
    import jinja2

STATIC = Path(__file__).with_name("static")
CONTENT_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


@cache
def environment() -> jinja2.Environment:
    """The templates of the pages; the curator's ``templates_dir`` does not replace them."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([packaged_path("templates") / name for name in ("web", "stats")]),
        # a misspelt name in a template raises instead of leaving a gap in the page
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    made.filters["paper_path"] = paper_path
    made.filters["tag_path"] = tag_path
    made.globals["static"] = static_url
    return made


def render(template: str, language: str, **values: object) -> str:
    """One page, or a part of one."""
    return environment().get_template(template).render(t=words_of(language), language=language, **values)


def tag_path(tag: str) -> str:
    """The path of a tag's page: ``/tags/3D%28Scene%29``."""
    return "/tags/" + quote(tag, safe="")


@cache
def static_file(name: str) -> tuple[bytes, str]:
    """The bytes and content type of a static file.

    Raises:
        FileNotFoundError: no static file has this name; a name with a folder in it never has one.
    """
    path = STATIC / name
    if "/" in name or name.startswith(".") or path.suffix not in CONTENT_TYPES:
        raise FileNotFoundError(name)
    return path.read_bytes(), CONTENT_TYPES[path.suffix]


@cache
def static_url(name: str) -> str:
    """The address of a static file, with its hash: browsers keep it for a year and see a new version at once."""
    return f"/static/{name}?{sha256(static_file(name)[0]).hexdigest()[:10]}"
