"""Sends requests to a sample arXiv, and parses its answers."""

import urllib.error
import urllib.parse
import urllib.request
from datetime import date
from xml.etree import ElementTree

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
    def redirect_request(self, *args, **kwargs):
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)


def ask(url, data=None, timeout=5, **headers):
    """Status, headers and body, whatever the status is."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    request = urllib.request.Request(url, data=data, headers=named)
    try:
        with OPENER.open(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def feed(arxiv, category, style="atom"):
    return ask(f"{arxiv.base_url}/{style}/{category}")


def entries(arxiv, category):
    """``id → announce type`` of an Atom feed, in order."""
    root = ElementTree.fromstring(feed(arxiv, category)[2])
    return {
        entry.findtext(f"{ATOM}id").removeprefix("oai:arXiv.org:"): entry.findtext(f"{ARXIV}announce_type")
        for entry in root.iter(f"{ATOM}entry")
    }


def api(arxiv, **parameters):
    status, _, body = ask(f"{arxiv.api_url}?{urllib.parse.urlencode(parameters, safe=',')}")
    return status, ElementTree.fromstring(body)


def api_ids(root):
    return {entry.findtext(f"{ATOM}id").removeprefix("http://arxiv.org/abs/") for entry in root.iter(f"{ATOM}entry")}


def total(root):
    return int(root.findtext(f"{SEARCH}totalResults"))


def oai(arxiv, **arguments):
    renamed = {key.rstrip("_"): value for key, value in arguments.items()}
    status, _, body = ask(f"{arxiv.oai_url}?{urllib.parse.urlencode(renamed)}")
    assert status == 200
    return ElementTree.fromstring(body)


def oai_ids(root):
    return [header.findtext(f"{OAI}identifier").removeprefix("oai:arXiv.org:") for header in root.iter(f"{OAI}header")]


def error_code(root):
    return root.find(f"{OAI}error").get("code")
