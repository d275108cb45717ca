"""The page that shows the health of all sources and can start a poll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.app import announcements, health, lab_health, statistics
from notebot.core.model.errors import MoveError
from notebot.web.visit import Visit, route

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

    from notebot.app.resources import Resources

JOB = "poll"
REFRESH_S = 2
"""How often the browser asks whether a poll has ended."""
ROUNDS = 12


def show(visit: Visit) -> Response:
    """Sources, services that are left alone, the ledger calendar, the last rounds, and what waits."""
    resources, words = visit.resources, visit.words
    status = health.status(resources)
    table = statistics.ledger_table(resources)
    job = visit.site.job if visit.site.job is not None and visit.site.job.name == JOB else None
    running = job is not None and not job.done

    def when(at: datetime | None) -> str:
        return f"{at.astimezone(visit.site.config.timezone):%Y-%m-%d %H:%M}" if at else words["never"]

    def age(seconds: int | None) -> str:
        if seconds is None:
            return ""
        for size, name in ((86_400, "days_old"), (3_600, "hours_old"), (0, "minutes_old")):
            if seconds >= size:
                return words[name].format(count=seconds // (size or 60))
        return ""

    answer = visit.render(
        "health.html",
        document=status,
        rounds=health.recent_rounds(resources, ROUNDS),
        figure=statistics.figures(resources, [table], visit.language)[0],
        when=when,
        age=age,
        running=running,
        job=job,
        lab=lab_health.overview(resources) if visit.site.config.is_admin else None,
        polled=words["polled"].format(**job.result) if job is not None and job.result else "",
    )
    if running:
        # a header, so that the page follows the poll without JavaScript
        answer.headers["Refresh"] = str(REFRESH_S)
    return answer


def poll(visit: Visit) -> Response:
    """Starts a poll of every category, as ``notebot poll`` does; the page shows how it ended."""

    def run(resources: Resources) -> dict[str, object]:
        report = announcements.poll(resources)
        drafted = sum(topic.drafted for topic in report.topics)
        return {"status": report.status, "requests": report.requests, "drafted": drafted}

    # polls and publishing share one job, so that a second click starts nothing
    if not visit.site.start_job(JOB, run):
        raise MoveError(visit.words["job_running"])
    return visit.redirect("/health")


ROUTES = [route("/health", show), route("/health/poll", poll, "POST")]
