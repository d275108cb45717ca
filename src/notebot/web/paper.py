"""The page of one stub: every field editable, with what was typed kept on the server, and the issue as it will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from notebot.app import papers as app
from notebot.app import reading_list
from notebot.app.cards import make_card, paper_path
from notebot.core.model.errors import MoveError, StaleError, UsageError
from notebot.core.model.stub import StubStatus
from notebot.web.markdown import render_markdown
from notebot.web.visit import Visit, route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from notebot.core.model.stub import Stub

FIELDS = ("title_line", "tags", "summary", "comment", "posts", "related")
VERBS = {"save": "edit", "keep": "keep", "later": "keep", "skip": "skip"}
"""The buttons of the form, and the move that each makes."""


def show(visit: Visit) -> Response:
    """The page of one stub."""
    return _page(visit, app.open_paper(visit.resources, visit.request.path_params["ref"]))


def save(visit: Visit) -> Response:
    """Stores what was typed, with the decision of the button; a refused form keeps it."""
    key, action = visit.form.get("key", ""), visit.form.get("action", "")
    if action == "discard":
        app.discard_draft(visit.resources, key)
        return visit.redirect(paper_path(key))
    if action not in VERBS:
        raise UsageError(f"There is no action {action[:20]!r}; it is one of discard, {', '.join(VERBS)}.")
    revision = visit.seen_revision()
    typed = _typed(visit.form)
    try:
        stub = app.save(visit.resources, key, typed, revision=revision, verb=VERBS[action], later=action == "later")
    except MoveError as error:
        # never an error page alone: without script it would take the typed text with it
        notice = "stale_edit" if isinstance(error, StaleError) else "refused_edit"
        return _page(visit, app.open_paper(visit.resources, key), 409, notice=visit.words[notice])
    # in the background, because a language model takes longer than a curator waits
    if stub.status is StubStatus.KEPT:
        visit.site.write_texts()
    if action == "save":
        return visit.redirect(f"{paper_path(key)}?saved=1")
    if action == "skip":
        return visit.redirect(f"/?decided={quote(stub.key)}")
    return visit.redirect(f"/kept#{quote(stub.key)}")


def save_draft(visit: Visit) -> Response:
    """Stores typed text as it is typed, and answers with what it means: title line, comment, issue."""
    key, typed = visit.form.get("key", ""), _typed(visit.form)
    # what this tab saw as stored, so that a draft from another tab is reported instead of overwritten
    known = {name: visit.form[f"known_{name}"] for name in FIELDS if f"known_{name}" in visit.form}
    conflicts = app.store_draft(visit.resources, key, typed, known)
    if conflicts:
        return visit.json(
            {"error": {"kind": "stale", "message": visit.words["typed_elsewhere"]}, "texts": conflicts}, 409
        )
    stub = app.find_paper(visit.resources, key)
    parts = _live(visit, stub).items()
    return visit.json({name: visit.fragment(f"paper_{name}.html", **values) for name, values in parts})


def tags(visit: Visit) -> Response:
    """Tags for the text typed so far."""
    return visit.json(app.suggest_tags(visit.resources, visit.query.get("q", "")[:100]))


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form[name] for name in FIELDS if name in form}


def _live(visit: Visit, stub: Stub) -> dict[str, dict[str, Any]]:
    """The parts of the page that follow from what was typed, by the name of their template."""
    typed = visit.resources.store.drafts.of(stub.key)
    shown = {**app.fields_of(visit.resources, stub), **typed}
    comment = shown["comment"]
    return {
        "title": {"check": app.check_title(visit.resources, shown["title_line"])},
        "comment": {"html": Markup(render_markdown(comment)), "empty": not comment.strip()},
        "issue": {"issue": app.preview_issue(visit.resources, stub, typed)},
    }


def _page(visit: Visit, page: app.ShownPaper, status: int = 200, notice: str = "") -> Response:
    stub = page.stub
    live: dict[str, Any] = {}
    for values in _live(visit, stub).values():
        live |= values
    config = visit.site.config
    return visit.render(
        "paper.html",
        status,
        page=page,
        card=make_card(stub, page.revision, visit.site.config, visit.language),
        abstract=stub.abstract,
        offers=[(offer.field, offer.value) for offer in stub.offers],
        locked=page.sent or stub.note_number is not None or visit.site.config.web.read_only,
        notice=notice,
        saved=bool(visit.query.get("saved")),
        wishes=reading_list.wishes_for(visit.resources, stub.key) if config.desk else None,
        wish_day=lambda wish: f"{wish.since.astimezone(config.timezone):%Y-%m-%d}",
        most_characters=reading_list.MOST_CHARACTERS,
        **live,
    )


ROUTES = [
    route("/papers/{ref:path}", show),
    route("/papers", save, "POST"),
    route("/drafts", save_draft, "POST"),
    route("/tags.json", tags),
]
