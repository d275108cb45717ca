"""Signing in and out, and the language of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from notebot.core.model.errors import UsageError
from notebot.web import rendering
from notebot.web.refusal import refusal
from notebot.web.security import COOKIE
from notebot.web.tokens import LIFETIMES, TokenKind, desk_of
from notebot.web.visit import LANGUAGE_COOKIE, Visit, route
from notebot.web.wording import LANGUAGES, words_of

if TYPE_CHECKING:
    from starlette.types import Scope

    from notebot.web.sites import Sites

YEAR_S = 365 * 24 * 3600


def start(visit: Visit) -> Response:
    """Trades the token of a sign-in link for a session; shows a form if there is none in the address."""
    given, back = visit.query.get("token", "").strip(), own_path(visit.query.get("back", ""))
    if not given:
        return visit.render("sign_in.html", message="", back=back, arrived=False)
    if "token=" in given:  # the whole link was pasted
        given = parse_qs(urlsplit(given).query).get("token", [""])[0]
    sites: Sites = visit.request.app.state.sites
    door = sites.door(desk_of(given))
    if door.guesses.exceeded:
        return PlainTextResponse("Too many wrong tokens; wait a minute.\n", 429)
    secret = door.tokens.redeem(given) if door.tokens is not None else None
    if secret is None:
        door.guesses.count_wrong()
        return visit.render("sign_in.html", 403, message=visit.words["sign_in_wrong"], back=back, arrived=False)
    answer = visit.redirect(back)
    lifetime = LIFETIMES[TokenKind.SESSION]
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(lifetime.total_seconds()) if lifetime else None,
        httponly=True,
        samesite="strict",
        secure=visit.site.access.secure,
    )
    return answer


def sign_out(visit: Visit) -> Response:
    """Revokes the session of this browser."""
    if visit.session is not None and not visit.session.token.id:
        raise UsageError("A proxy has signed you in; sign out there.")
    if visit.session is not None:
        visit.site.tokens.revoke(visit.session.token.id)
    answer = visit.redirect("/start")
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=visit.site.access.secure)
    return answer


def choose_language(visit: Visit) -> Response:
    """Sets the language of this browser's pages."""
    answer = visit.redirect(own_path(visit.form.get("back", "")))
    if visit.form.get("language") in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            visit.form["language"],
            max_age=YEAR_S,
            httponly=True,
            samesite="strict",
            secure=visit.site.access.secure,
        )
    return answer


def own_path(address: str) -> str:
    """The address if it is a path of this site, else ``/``."""
    # browsers take `//evil.example`, `/\\evil.example` and `/<tab>/evil.example` for addresses of other sites
    own = address.startswith("/") and address[1:2] not in ("/", "\\") and address.isprintable()
    return address if own else "/"


def not_signed_in(scope: Scope, reason: str, language: str) -> Response:
    """The answer to a browser without a session.

    A link in a mail or chat is opened without the cookie, because that is ``SameSite=Strict``. If another page has led
    here, the page makes the browser open the address once more, now as a step within this site; a browser that
    does not do so gets a link. After signing in, it is sent to the address that it asked for.
    """
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if "application/json" in headers.get("accept", "") or scope["path"].startswith("/api/"):
        return refusal(scope, 401, "Not signed in.")
    # with a reason, the browser did send a cookie, so opening the address again would change nothing
    is_get = scope["method"] == "GET"
    from_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site") and not reason and is_get
    query = scope["query_string"].decode("latin-1")
    path = quote(scope["path"], safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")
    page = rendering.render(
        "sign_in.html",
        language,
        message=words_of(language)["sign_in_expired"] if reason else "",
        csrf="",
        read_only=False,
        signed_in=False,
        path=scope["path"],
        desk="",
        back=own_path(path) if is_get else "/",
        arrived=from_elsewhere,
    )
    return HTMLResponse(page, 401, {"Refresh": "0"} if from_elsewhere else {})


ROUTES = [
    route("/start", start),
    route("/sign-out", sign_out, "POST", changes=False),
    route("/language", choose_language, "POST", changes=False),
]
