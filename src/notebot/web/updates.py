"""Changes that are offered to notes and title lines: accept or dismiss, one by one or all that are shown of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct

from notebot.app import digests
from notebot.app.cards import paper_path
from notebot.core.model.changes import AnotherPost, SecondNote
from notebot.core.model.decision import PAGE
from notebot.core.model.errors import MoveError, NotFoundError, StaleError, UsageError
from notebot.core.note_format.phrases import LANGUAGES
from notebot.core.note_format.update_wording import word_reason
from notebot.core.text.escaping import is_plain_url
from notebot.web.visit import Visit, parse_number, route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from notebot.core.model.offer import Update

KINDS = ("venue", "title_line", "post", "label", "leftover", "twice")
"""The first word of an offer's field, in the order of the page."""
MOST_SHOWN = 50
"""Offers of one kind on the page; an audit can find hundreds."""


class ShownOffer(Struct, frozen=True):
    """An offer as the page shows it."""

    id: int
    subject: str
    path: str
    """Of the page of its note or paper."""
    title: str
    value: str
    link: str | None
    """Of an offered post."""
    why: str
    can_accept: bool


class KindOfUpdate(Struct, frozen=True):
    """The offers of one kind."""

    name: str
    offers: Sequence[ShownOffer]
    hidden: int
    """How many more there are."""


def show(visit: Visit) -> Response:
    """The offers that wait, and what was decided last."""
    return _page(visit)


def decide(visit: Visit) -> Response:
    """Accepts or dismisses the offers named in the form, or takes back the last decision about one."""
    action, ids = visit.form.get("action", ""), _numbers(visit.form.get("ids", ""))
    if not ids:
        raise UsageError("A decision needs the numbers of the offers that you saw.")
    if action == "undo":
        return _undo(visit, ids[0])
    results = digests.offers(visit.resources, PAGE).decide(action, ids)
    errors = [result.error for result in results if result.error is not None]
    if len(ids) > 1:
        return visit.redirect("/updates?" + urlencode({"done": len(results) - len(errors), "refused": len(errors)}))
    if not errors:
        return visit.redirect(f"/updates?decided={ids[0]}")
    if isinstance(errors[0], StaleError):
        return _page(visit, 409, visit.words["offer_gone"])
    if isinstance(errors[0], MoveError):
        return _page(visit, 409, visit.words["by_hand"])
    raise errors[0]


def _undo(visit: Visit, update_id: int) -> Response:
    update = visit.resources.store.digests.update(update_id)
    (revision,) = _numbers(visit.form.get("revision", ""))[:1] or (-1,)
    if update is None:
        raise NotFoundError(f"There is no offer {update_id}.")
    try:
        digests.moves(visit.resources, PAGE).undo(update.key, revision, update_id)
    except StaleError:
        return _page(visit, 409, visit.words["stale"])
    except MoveError as error:
        return _page(visit, 409, str(error))
    return visit.redirect("/updates")


def _page(visit: Visit, status: int = 200, refusal: str = "") -> Response:
    by_kind: dict[str, list[Update]] = {name: [] for name in KINDS}
    for update in digests.offers(visit.resources, PAGE).undecided():
        by_kind.setdefault(update.field.partition(" ")[0], []).append(update)
    decided = _numbers(visit.query.get("decided", ""))
    return visit.render(
        "updates.html",
        status,
        total=sum(map(len, by_kind.values())),
        kinds=[
            KindOfUpdate(
                name, [_shown(visit, update) for update in updates[:MOST_SHOWN]], max(0, len(updates) - MOST_SHOWN)
            )
            for name, updates in by_kind.items()
            if updates
        ],
        refusal=refusal,
        decided=_last_decision(visit, decided[0]) if decided and not refusal else None,
        done=sum(_numbers(visit.query.get("done", ""))[:1]),
        refused=sum(_numbers(visit.query.get("refused", ""))[:1]),
    )


def _shown(visit: Visit, update: Update) -> ShownOffer:
    change, value, link = update.change, update.value, None
    if isinstance(change, SecondNote):
        value = visit.words["same_paper_as"].format(number=change.older)
    elif isinstance(change, AnotherPost) and is_plain_url(change.url):
        link = change.url
    return ShownOffer(
        id=update.id,
        subject=f"#{update.subject}" if update.of_note else update.subject,
        path=f"/archive/{update.subject}" if update.of_note else paper_path(update.key),
        title=update.title,
        value=value,
        link=link,
        why=word_reason(update.why, LANGUAGES[visit.language]),
        can_accept=digests.can_accept(update),
    )


def _last_decision(visit: Visit, update_id: int) -> dict[str, object] | None:
    """What the bar at the foot says after one offer was decided; ``None`` if that was taken back since."""
    store = visit.resources.store
    update = store.digests.update(update_id)
    if update is None:
        return None
    made = [each for each in store.decisions.of(update.key) if each.update_id == update_id and each.undone_at is None]
    if not made or made[-1].move not in ("accept", "dismiss"):
        return None
    sentence = visit.words["offer_accepted" if made[-1].move == "accept" else "offer_dismissed"]
    return {
        "id": update_id,
        "revision": store.decisions.revision(update.key),
        "sentence": sentence.format(title=update.title or update.subject),
    }


def _numbers(text: str) -> list[int]:
    """The numbers in a field of a form or an address; anything else counts as none."""
    return [number for word in text.split() if (number := parse_number(word)) is not None]


ROUTES = [route("/updates", show), route("/updates/decide", decide, "POST")]
