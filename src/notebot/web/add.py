"""Adding a link: from a phone's share sheet, a bookmarklet, by hand, and by a script with a token."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from starlette.routing import Route

from notebot.app import sharing
from notebot.core.model.errors import InvalidRefError, StateError, UsageError
from notebot.web import api
from notebot.web.tokens import TokenKind
from notebot.web.visit import FORM_FIELDS, Visit, route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

FIELDS = ("url", "text", "title")
"""What a share sheet sends, and the manifest's ``share_target`` names."""
JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def show(visit: Visit) -> Response:
    """The form with what was shared; nothing is stored before it is confirmed."""
    if "added" in visit.query:
        return _page(visit, "", added=sharing.added_line(visit.resources, f"{visit.query['added']}.txt"))
    shared = _shared(visit, visit.query)
    return _page(visit, shared.text, shared=shared if shared.text else None)


def add(visit: Visit) -> Response:
    """Stores the line of the form in the inbox; one that cannot be stored stays in the form."""
    shared = _shared(visit, visit.form)
    try:
        added = sharing.add_to_inbox(visit.resources, shared)
    except InvalidRefError:
        return _page(visit, shared.text, 400, shared=shared)
    except StateError as error:
        return _page(visit, shared.text, 503, shared=shared, failure=str(error))
    return visit.redirect(f"/add?added={quote(added.name.removesuffix('.txt'))}")


def add_from_script(visit: Visit) -> dict[str, Any]:
    """Stores what a script sent, as JSON or as a form; iOS Shortcuts sends either."""
    kind = visit.request.headers.get("content-type", JSON)
    name = kind.partition(";")[0].strip().lower()
    if name == JSON:
        return api.add_to_inbox(visit)
    if name not in FORMS:
        raise UsageError(f"The body is {JSON}, or a form with the fields {', '.join(FIELDS)}, not {name[:40]!r}.")
    return api.add_shared(visit, api.Shared(**read_form(kind, visit.body)))


def read_form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields that a share sheet sends, from a form of either kind.

    Raises:
        UsageError: it is malformed.
    """
    try:
        if content_type.lower().startswith(FORMS[0]):
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FORM_FIELDS))
        else:
            fields = _read_multipart(content_type, body)
    except ValueError as error:  # of FormParserError and UnicodeDecodeError, too
        raise UsageError(f"The form cannot be read: {error}.") from error
    return {name: value for name, value in fields.items() if name in FIELDS}


def _read_multipart(content_type: str, body: bytes) -> dict[str, str]:
    from python_multipart import parse_form
    from python_multipart.multipart import Field

    fields: dict[str, str] = {}

    def take(field: Field) -> None:
        fields[(field.field_name or b"").decode()] = (field.value or b"").decode()

    # a shared file is left out: the inbox takes links
    parse_form({"Content-Type": content_type.encode("latin-1")}, BytesIO(body), take, None)
    return fields


def _shared(visit: Visit, values: dict[str, str] | Any) -> sharing.SharedLine:
    title, text, url = (values.get(name, "") for name in ("title", "text", "url"))
    return sharing.read_shared(visit.resources, title, text, url)


def _page(
    visit: Visit,
    text: str,
    status: int = 200,
    *,
    shared: sharing.SharedLine | None = None,
    added: sharing.AddedLine | None = None,
    failure: str = "",
) -> Response:
    return visit.render(
        "add.html",
        status,
        text=text,
        shared=shared,
        added=added,
        failure=failure,
        base_url=visit.base_url,
        bookmarklet=make_bookmarklet(visit.base_url),
    )


def make_bookmarklet(base_url: str) -> str:
    """Opens a window of ours: on a page with a strict policy, a request from within would be blocked."""
    shared = "encodeURIComponent({})".format
    page, title, selected = map(shared, ("location.href", "document.title", "String(getSelection()).slice(0,1000)"))
    address = f'"{quote(base_url, safe=":/[]")}/add?url="+{page}+"&title="+{title}+"&text="+{selected}'
    return f'javascript:void(open({address},"_blank","noopener"))'


_SHOW, _ADD = route("/add", show), route("/add", add, "POST")
_SCRIPT = api.api_route("/add", add_from_script, "POST")


async def _post(request: Request) -> Response:
    is_script = request.scope["state"]["session"].token.kind is TokenKind.API
    answer: Response = await (_SCRIPT if is_script else _ADD).endpoint(request)
    return answer


ROUTES = [_SHOW, Route("/add", _post, methods=["POST"])]
