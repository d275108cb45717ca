"""`notebot web`: the review page, and the tokens that open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from notebot.cli.shared import json_option, open_resources, print_json
from notebot.cli.terminal import inform, safe_line, say
from notebot.core.model.errors import UsageError
from notebot.web import require_web_extra

if TYPE_CHECKING:
    from notebot.web.tokens import TokenFile

DEFAULT_LISTEN = "127.0.0.1:8765"
KINDS = {"browser": "link", "api": "api", "feed": "feed"}
"""What a token is for, as the command calls it, and its kind in the token file."""


@click.group(invoke_without_command=True)
@click.option("--listen", metavar="HOST:PORT", help=f"Default: [web] listen, or {DEFAULT_LISTEN}. Port 0 picks one.")
@click.option("--open", "open_it", is_flag=True, help="Open the page in the default browser.")
@json_option
@click.pass_context
def web(ctx: click.Context, listen: str | None, open_it: bool, as_json: bool) -> None:
    """Serve the review page until stopped by SIGTERM or Ctrl-C.

    Prints a link that signs one browser in. `notebot run` serves the same page if [web] listen is set. In a lab it
    serves the pages of all desks, and `notebot --desk NAME web token new` makes the link for a desk.
    """
    if ctx.invoked_subcommand is not None:
        return
    from notebot.config.checks import parse_listen

    resources = open_resources(ctx, local=True, stores=True, hub=True)
    text = listen or resources.config.web.listen or DEFAULT_LISTEN
    address = parse_listen(text)
    if address is None:
        raise UsageError(f'--listen takes HOST:PORT, such as "127.0.0.1:8765", not {text!r}.')
    require_web_extra()
    from notebot.web.server import WebServer, open_in_browser

    server = WebServer(resources, address)
    is_lab = resources.config.desks is not None
    start_url = None if is_lab else server.start_url()

    def announce() -> None:
        if as_json:
            print_json({"url": server.url, "start_url": start_url})
        elif start_url is None:
            click.echo(f"Review page: {server.url} (`notebot --desk NAME web token new` makes a link that signs in)")
        else:
            click.echo(f"Review page: {start_url} (this link works once)")
        if open_it:
            open_in_browser(start_url or server.url, say)

    server.serve(announce)
    inform("The review page has stopped.")


@web.group("token")
def token() -> None:
    """Create, list and revoke what opens the review page."""


@token.command("new")
@click.option("--name", default="", help="What you call it, such as phone.")
@click.option(
    "--for",
    "purpose",
    type=click.Choice(list(KINDS)),
    default="browser",
    show_default=True,
    help="A link that signs one browser in, a token for scripts, or one for a feed reader.",
)
@json_option
@click.pass_context
def new_token(ctx: click.Context, name: str, purpose: str, as_json: bool) -> None:
    """Create a token and print it; it cannot be printed again.

    A browser's link works once, within a day.
    """
    from notebot.web.tokens import TokenKind

    resources = open_resources(ctx, local=True, stores=True)
    kind = TokenKind(KINDS[purpose])
    secret = _token_file(ctx, stores=True).issue(kind, name or purpose)
    config = resources.config.web
    base = (config.public_url or f"http://{config.listen or DEFAULT_LISTEN}").rstrip("/")
    text = f"{base}/start?token={secret}" if kind is TokenKind.LINK else secret
    if as_json:
        print_json({"for": purpose, "token": secret, **({"start_url": text} if kind is TokenKind.LINK else {})})
    else:
        click.echo(text)
        if kind is TokenKind.FEED:
            say(f"Append it to the address of a feed, {base}/feeds/digests.atom?token=TOKEN; {base}/feeds lists all.")
        elif kind is TokenKind.API:
            say(f"Send it as `Authorization: Bearer TOKEN` to {base}/api/v1 or {base}/add; docs/phone.md shows how.")


@token.command("list")
@json_option
@click.pass_context
def list_tokens(ctx: click.Context, as_json: bool) -> None:
    """List sessions, unused links and tokens.

    The tokens themselves are not stored.
    """
    tokens = _token_file(ctx).all()
    if as_json:
        shown = ("id", "kind", "name", "made_at", "expires_at")
        print_json([{field: getattr(each, field) for field in shown} for each in tokens])
        return
    for each in tokens:
        until = f"until {each.expires_at:%Y-%m-%d}" if each.expires_at else "until revoked"
        click.echo(f"{each.id} {each.kind:<8} made {each.made_at:%Y-%m-%d}, valid {until}  {safe_line(each.name)}")
    if not tokens:
        inform("There is no token; `notebot web token new` makes one.")


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@click.pass_context
def revoke_token(ctx: click.Context, token_id: str) -> None:
    """Revoke a token by its id: whoever uses it is refused from now on."""
    revoked = _token_file(ctx).revoke(token_id)
    inform(f"Revoked {revoked.id} ({revoked.kind}, {safe_line(revoked.name)}).")


def _token_file(ctx: click.Context, *, stores: bool = False) -> TokenFile:
    from notebot.web.tokens import TokenFile

    resources = open_resources(ctx, local=True, stores=stores)
    return TokenFile(resources.config.web_token_file, resources.clock, resources.config.desk)
