"""The list of candidates, and the decisions about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from notebot.app import digests, papers
from notebot.app import review as app
from notebot.app.cards import Card, make_card, paper_path
from notebot.core.model.errors import MoveError, StaleError, UsageError
from notebot.core.model.stub import StubStatus
from notebot.core.note_format.stub_title import title_line
from notebot.web.visit import Visit, route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from notebot.core.model.stub import Stub

PAGE_SIZE = 100
"""Candidates in one document: 150 KB with style sheet and script; the script fetches the next in time."""
ACTIONS = ("keep", "later", "skip", "requeue", "undo")


def show(visit: Visit) -> Response:
    """The candidates; with ``part=1``, only the cards that follow ``after``, for the page's script."""
    filters = read_filters(visit.query)
    review = app.candidates(visit.resources, filters, PAGE_SIZE, visit.query.get("after", ""))
    cards = {
        stub.key: make_card(stub, review.revisions[stub.key], visit.site.config, visit.language)
        for group in review.groups
        for stub in group.stubs
    }
    # the next part follows a key and not a count, because decisions meanwhile move the candidates
    last = list(cards)[-1] if review.remaining else ""
    values: dict[str, Any] = {
        "groups": review.groups,
        "cards": cards,
        "query": urlencode(_as_query(filters)),
        "next": urlencode({**_as_query(filters), "after": last}) if last else "",
        "next_count": min(review.remaining, PAGE_SIZE),
    }
    if visit.query.get("part"):
        return visit.render("cards.html", **values)
    decided = visit.query.get("decided", "")
    return visit.render(
        "review.html",
        **values,
        filters=filters,
        total=review.total,
        topics=[topic.name for topic in visit.site.config.topics],
        sources=review.sources,
        states=[str(status) for status in StubStatus],
        decided=_decided(visit, decided) if decided else None,
    )


def show_card(visit: Visit) -> Response:
    """One card in full, for the page's script."""
    stub = digests.find_stub_by_key(visit.resources, visit.query.get("key", ""))
    return visit.render("one_card.html", card=_card(visit, stub), query=visit.query.get("query", ""))


def confirm(visit: Visit) -> Response:
    """One card with its buttons: where a mail's link to keep a paper leads. Opening it changes nothing."""
    stub = papers.find_paper(visit.resources, visit.request.path_params["ref"])
    return visit.render("keep.html", card=_card(visit, stub), query="")


def decide(visit: Visit) -> Response:
    """Carries out one decision; the answer is the card as it is now, or the page that the form came from."""
    action, key = visit.form.get("action", ""), visit.form.get("key", "")
    if action == "edit":
        return visit.redirect(paper_path(key))
    if action not in ACTIONS:
        raise UsageError(f"There is no action {action[:20]!r}; it is one of {', '.join(ACTIONS)}.")
    revision = visit.seen_revision()
    try:
        stub = app.decide(visit.resources, key, action, revision)
    except (StaleError, MoveError) as error:
        return _refused(visit, key, error)
    if stub.status is StubStatus.KEPT:
        visit.site.write_texts()
    if visit.wants_json:
        return visit.json(_card_document(visit, stub))
    # the decision is stored by now, so nothing in the old address may raise; the form's size is limited
    filters = read_filters(dict(parse_qsl(visit.form.get("query", ""))))
    return visit.redirect("/?" + urlencode({**_as_query(filters), "decided": stub.key}))


def read_filters(values: Mapping[str, str]) -> app.Filters:
    """The filters in an address or a form; an unknown state counts as none."""
    state = values.get("state", "")
    return app.Filters(
        topic=values.get("topic", ""),
        source=values.get("source", ""),
        state=state if state in list(StubStatus) else "",
        text=values.get("text", "")[:200],
    )


def _as_query(filters: app.Filters) -> dict[str, str]:
    import msgspec

    return {name: value for name, value in msgspec.structs.asdict(filters).items() if value}


def _card(visit: Visit, stub: Stub) -> Card:
    revision = visit.resources.store.decisions.revision(stub.key)
    return make_card(stub, revision, visit.site.config, visit.language)


def _card_document(visit: Visit, stub: Stub) -> dict[str, object]:
    card = _card(visit, stub)
    return {
        "key": stub.key,
        "status": card.status,
        "revision": card.revision,
        "title": card.title,
        "card": visit.fragment("one_card.html", card=card, query=visit.form.get("query", "")),
    }


def _refused(visit: Visit, key: str, error: MoveError) -> Response:
    """A decision that came too late: the answer shows the stub as it is now, so that the curator can choose again."""
    stub = visit.resources.store.stubs.get(key)
    sentence = visit.words["stale"] if isinstance(error, StaleError) else str(error)
    if stub is None:
        return visit.failed(error)
    if visit.wants_json:
        document = {"error": {"kind": error.kind, "message": sentence}, **_card_document(visit, stub)}
        return visit.json(document, 409)
    return visit.render("stale.html", 409, message=sentence, card=_card(visit, stub), query="")


def _decided(visit: Visit, key: str) -> dict[str, object] | None:
    """What the bar at the foot of the page says after a decision without script."""
    stub = visit.resources.store.stubs.get(key)
    if stub is None:
        return None
    revision = visit.resources.store.decisions.revision(key)
    title = title_line(stub, visit.site.config.note).rest
    return {"key": key, "revision": revision, "status": str(stub.status), "title": title}


ROUTES = [
    route("/", show),
    route("/card", show_card),
    route("/keep/{ref:path}", confirm),
    route("/decide", decide, "POST"),
]
