"""The page of numbers and plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from notebot.app import statistics
from notebot.web.visit import Visit, route

if TYPE_CHECKING:
    from starlette.responses import HTMLResponse


def show(visit: Visit) -> HTMLResponse:
    """The plots, a table of the numbers below each, and how well the order predicts what is kept."""
    resources, language = visit.resources, visit.language
    counted = statistics.statistics(resources)
    return visit.render(
        "stats.html",
        words=statistics.words(resources, language),
        figures=statistics.figures(resources, counted.tables, language),
        prediction=statistics.prediction(resources, counted, language),
    )


def style(visit: Visit) -> Response:
    """The style sheet of the plots, which their SVG files contain themselves."""
    return Response(statistics.style(), media_type="text/css")


ROUTES = [route("/stats", show), route("/stats/plot.css", style)]
