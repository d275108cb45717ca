"""Renders plots as whole SVG documents, or as elements for a page that already has the style sheet."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from notebot.core.packaged_files import packaged_path

if TYPE_CHECKING:
    import jinja2

    from notebot.features.statistics.rules.drawing import Drawing

CSS = "plot.css"


def render_plot(drawing: Drawing, *, standalone: bool) -> str:
    """One plot.

    Args:
        standalone: with its style, paper, title and explanation; otherwise the page has them. A strict content
            security policy forbids style inside a page.
    """
    template = _environment().get_template("plot.svg.j2")
    return template.render(plot=drawing, standalone=standalone, css=plot_css() if standalone else "")


def plot_css() -> str:
    """The style sheet of all plots, for light and dark."""
    return (packaged_path("templates") / "stats" / CSS).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(packaged_path("templates") / "stats"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # tags, venues and topics are text from outside
        autoescape=True,
    )
