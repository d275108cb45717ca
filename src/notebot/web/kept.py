"""What waits for publishing, each with the exact issue, and publishing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.app import papers, publishing
from notebot.app.cards import make_card
from notebot.core.model.errors import MoveError
from notebot.web.visit import Visit, route

if TYPE_CHECKING:
    from starlette.responses import Response

    from notebot.app.resources import Resources

JOB = "publish"
REFRESH_S = 2
"""How often a browser without script asks how far a job is."""


def show(visit: Visit) -> Response:
    """The notes that wait, and the result of the last publishing."""
    config, resources = visit.site.config, visit.resources
    stubs = publishing.waiting_stubs(resources)
    revisions = resources.store.decisions.revisions([stub.key for stub in stubs])
    job = visit.site.job if visit.site.job is not None and visit.site.job.name == JOB else None
    running = job is not None and not job.done
    answer = visit.render(
        "kept.html",
        notes=[
            (make_card(stub, revisions[stub.key], config, visit.language), papers.preview_issue(resources, stub, {}))
            for stub in stubs
        ],
        offers=publishing.waiting_offers(resources),
        place=str(config.archive_dir or config.archive.repo),
        is_folder=config.archive_dir is not None,
        token_env="" if publishing.may_write(resources) else config.archive.token_env,
        job=job,
        report=job.result if job is not None and job.done and not job.error else None,
        running=running,
        issue_url=lambda number: publishing.note_url(resources, number),
    )
    if running:
        answer.headers["Refresh"] = str(REFRESH_S)
    return answer


def publish(visit: Visit) -> Response:
    """Starts publishing one note, or everything that waits."""
    key, new_labels = visit.form.get("key", ""), bool(visit.form.get("new_labels"))
    only = None if key == "all" else frozenset((key,))

    def run(resources: Resources) -> object:
        return publishing.publish(resources, dry_run=False, new_labels=new_labels, only=only)

    if not visit.site.start_job(JOB, run):
        raise MoveError(visit.words["job_running"])
    return visit.redirect("/kept")


ROUTES = [route("/kept", show), route("/kept/publish", publish, "POST")]
