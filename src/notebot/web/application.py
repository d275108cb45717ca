"""The web application: its routes, and the checks before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from notebot.web import (
    add,
    api,
    digests,
    discussed,
    feeds,
    health,
    kept,
    manifest,
    notes,
    paper,
    rendering,
    review,
    sign_in,
    stats,
    updates,
)
from notebot.web.openapi import API
from notebot.web.refusal import is_for_script, refusal
from notebot.web.security import AccessControl, BodyLimits, SecurityHeaders
from notebot.web.tokens import TokenKind
from notebot.web.visit import Site, choose_language
from notebot.web.wording import words_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

    from notebot.web.access import Access
    from notebot.web.logins import ProxyLogins
    from notebot.web.sites import Sites


def make_application(access: Access, sites: Sites, logins: ProxyLogins | None = None) -> Starlette:
    """The application of one notebot; each group of pages brings its own ``ROUTES``."""

    def not_signed_in(scope: Scope, reason: str) -> Response:
        from starlette.requests import Request

        return sign_in.not_signed_in(scope, reason, choose_language(Request(scope), sites.entrance.config))

    application = Starlette(
        routes=[
            Route("/static/{name}", static),
            *sign_in.ROUTES,
            *manifest.ROUTES,
            *review.ROUTES,
            *paper.ROUTES,
            *kept.ROUTES,
            *updates.ROUTES,
            *stats.ROUTES,
            *health.ROUTES,
            *add.ROUTES,
            *notes.ROUTES,
            *digests.ROUTES,
            *discussed.ROUTES,
            *feeds.ROUTES,
            *api.ROUTES,
        ],
        # outermost first: refusals get the headers too, and no body is read before the sender is known
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(AccessControl, access, sites, logins, not_signed_in),
            Middleware(BodyLimits),
        ],
        exception_handlers={HTTPException: _http_error},
    )
    application.state.sites = sites
    return application


async def static(request: Request) -> Response:
    """A style sheet, script or picture; its address contains its hash, so it is kept for a year."""
    try:
        body, content_type = rendering.static_file(request.path_params["name"])
    except FileNotFoundError:
        return PlainTextResponse("There is no such file.\n", 404)
    return Response(body, media_type=content_type, headers={"Cache-Control": "public, max-age=31536000, immutable"})


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    site: Site = request.scope["state"]["site"]
    if is_for_script(request.scope):
        answer = refusal(request.scope, error.status_code, f"{error.detail}; {API}/openapi.json says what there is.")
        answer.headers.update(error.headers or {})
        return answer
    language = choose_language(request, site.config)
    session = request.scope["state"]["session"]
    page = rendering.render(
        "error.html",
        language,
        message=words_of(language)["no_page" if error.status_code == 404 else "bad_form"],
        csrf=session.csrf if session else "",
        read_only=False,
        signed_in=session is not None and session.token.kind is TokenKind.SESSION,
        path="/",
        desk=site.config.desk,
    )
    return Response(page, error.status_code, error.headers, "text/html")
