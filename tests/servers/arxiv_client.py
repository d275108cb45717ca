"""Sends requests to a sample arXiv, and parses its answers."""

import urllib.error
import urllib.parse
import urllib.request
from datetime import date
from email.message import Message
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from notebot.demo.sample_arxiv import SampleArxiv

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
RECORD = "{http://arxiv.org/OAI/arXiv/}"
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 5, day) for day in (11, 12, 13))
LIST = {"verb": "ListRecords", "metadataPrefix": "arXiv"}
GET = {"verb": "GetRecord", "metadataPrefix": "arXiv"}
SATURDAY = date(2026, 5, 16)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follows no redirect, so that a test sees it."""


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)


def ask(url: str, data: bytes | None = None, timeout: float = 5, **headers: str) -> tuple[int, Message, bytes]:
    """Status, headers and body, whatever the status is."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    request = urllib.request.Request(url, data=data, headers=named)
    try:
        with OPENER.open(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def text_of(parent: Element, name: str) -> str:
    """The text of a child that has to be there."""
    text = parent.findtext(name)
    assert text is not None, name
    return text


def feed(arxiv: SampleArxiv, category: str, style: str = "atom") -> tuple[int, Message, bytes]:
    return ask(f"{arxiv.base_url}/{style}/{category}")


def entries(arxiv: SampleArxiv, category: str) -> dict[str, str | None]:
    """``id → announce type`` of an Atom feed, in order."""
    root = ElementTree.fromstring(feed(arxiv, category)[2])
    return {
        text_of(entry, f"{ATOM}id").removeprefix("oai:arXiv.org:"): entry.findtext(f"{ARXIV}announce_type")
        for entry in root.iter(f"{ATOM}entry")
    }


def api(arxiv: SampleArxiv, **parameters: Any) -> tuple[int, Any]:
    """Status and parsed answer; typed as Any because each test looks for elements that have to be there."""
    status, _, body = ask(f"{arxiv.api_url}?{urllib.parse.urlencode(parameters, safe=',')}")
    return status, ElementTree.fromstring(body)


def api_ids(root: Element) -> set[str]:
    return {text_of(entry, f"{ATOM}id").removeprefix("http://arxiv.org/abs/") for entry in root.iter(f"{ATOM}entry")}


def total(root: Element) -> int:
    return int(text_of(root, f"{SEARCH}totalResults"))


def oai(arxiv: SampleArxiv, **arguments: str | None) -> Any:
    """The parsed answer, see :func:`api`."""
    renamed = {key.rstrip("_"): value for key, value in arguments.items()}
    status, _, body = ask(f"{arxiv.oai_url}?{urllib.parse.urlencode(renamed)}")
    assert status == 200
    return ElementTree.fromstring(body)


def oai_ids(root: Element) -> list[str]:
    return [text_of(header, f"{OAI}identifier").removeprefix("oai:arXiv.org:") for header in root.iter(f"{OAI}header")]


def error_code(root: Element) -> str | None:
    error = root.find(f"{OAI}error")
    assert error is not None
    return error.get("code")
