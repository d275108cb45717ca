"""Signing in and out, and the language of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from notebot.web import rendering
from notebot.web.refusal import refusal
from notebot.web.security import COOKIE
from notebot.web.tokens import LIFETIMES, TokenKind
from notebot.web.visit import LANGUAGE_COOKIE, Visit, route
from notebot.web.wording import LANGUAGES, words_of

if TYPE_CHECKING:
    from starlette.types import Scope

YEAR_S = 365 * 24 * 3600


def start(visit: Visit) -> Response:
    """Trades the token of a sign-in link for a session; shows a form if there is none in the address."""
    given = visit.query.get("token", "").strip()
    if not given:
        return visit.render("sign_in.html", message="")
    if "token=" in given:  # the whole link was pasted
        given = parse_qs(urlsplit(given).query).get("token", [""])[0]
    guesses = visit.request.scope["state"]["guesses"]
    if guesses.exceeded:
        return PlainTextResponse("Too many wrong tokens; wait a minute.\n", 429)
    secret = visit.site.tokens.redeem(given)
    if secret is None:
        guesses.count_wrong()
        return visit.render("sign_in.html", 403, message=visit.words["sign_in_wrong"])
    answer = visit.redirect("/")
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
    if visit.session is not None:
        visit.site.tokens.revoke(visit.session.token.id)
    answer = visit.redirect("/start")
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=visit.site.access.secure)
    return answer


def choose_language(visit: Visit) -> Response:
    """Sets the language of this browser's pages."""
    path = visit.form.get("back", "/")
    # only a path of this site: `//evil.example` and `/\evil.example` are addresses of other ones
    answer = visit.redirect(path if path.startswith("/") and path[1:2] not in ("/", "\\") else "/")
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


def not_signed_in(scope: Scope, reason: str, language: str) -> Response:
    """The answer to a browser without a session.

    A link in a mail or chat is opened without the cookie, because that is ``SameSite=Strict``. If another page has led
    here, the browser is therefore told to open the address once more, now as a step within this site.
    """
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if "application/json" in headers.get("accept", "") or scope["path"].startswith("/api/"):
        return refusal(scope["path"], 401, "Not signed in.")
    # with a reason, the browser did send a cookie, so opening the address again would change nothing
    from_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site") and not reason
    page = rendering.render(
        "sign_in.html",
        language,
        message=words_of(language)["sign_in_expired"] if reason else "",
        csrf="",
        read_only=False,
        signed_in=False,
        path=scope["path"],
    )
    again = {"Refresh": "0"} if from_elsewhere and scope["method"] == "GET" else {}
    return HTMLResponse(page, 401, again)


ROUTES = [
    route("/start", start),
    route("/sign-out", sign_out, "POST", changes=False),
    route("/language", choose_language, "POST", changes=False),
]
