"""Venues by Semantic Scholar: one request for up to 500 papers, with the curator's own key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from notebot.core.model.errors import BadAnswerError, UsageError
from notebot.core.model.stub import Venue
from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection import VenueTable, make_label

if TYPE_CHECKING:
    from collections.abc import Collection

    from notebot.core.model.paper import Paper
    from notebot.core.net.client import Http
    from notebot.core.net.response import Response

KEY_ENV = "NOTEBOT_S2_KEY"
BATCH = 500
_SERVICE = "Semantic Scholar"
_FIELDS = "venue,publicationVenue,externalIds"
_CONFERENCE = regex(r"conf/[a-z0-9-]+/[^/\s]*?([0-9]{2})[a-z]?")
"""A conference paper's key in DBLP ends with the year of the proceedings; the service's own may be the preprint's."""


class _Found(msgspec.Struct, rename="camel"):
    venue: str | None = None
    publication_venue: dict[str, Any] | None = None
    external_ids: dict[str, Any] | None = None


class SemanticScholar:
    """Implements :class:`VenueResolver`: reports a venue only with its year and a name from the table.

    Raises:
        UsageError: there is no key; without one the service answers nobody.
    """

    def __init__(self, http: Http, base_url: str, key: str | None, table: VenueTable) -> None:
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise UsageError(f"The resolver semanticscholar needs a key; put yours into {KEY_ENV}.")
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._table = table

    def resolve(self, papers: Collection[Paper]) -> dict[str, Venue]:
        """The venues of those that it knows, by arXiv id."""
        ids = [paper.arxiv_id for paper in papers]
        found: dict[str, Venue] = {}
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            answers = self._ask(part)
            venues = ((name, self._venue(told)) for name, told in zip(part, answers, strict=True) if told is not None)
            found.update((name, venue) for name, venue in venues if venue is not None)
        return found

    def _ask(self, ids: list[str]) -> list[_Found | None]:
        answer = self._http.post(
            f"{self._base_url}/paper/batch?fields={_FIELDS}",
            json.dumps({"ids": [f"ARXIV:{name}" for name in ids]}).encode(),
            accept=("application/json",),
            max_bytes=10_000_000,
            service=_SERVICE,
            headers={"x-api-key": self._key, "Content-Type": "application/json"},
        )
        return _read(answer, len(ids))

    def _venue(self, told: _Found) -> Venue | None:
        key = _CONFERENCE.fullmatch(str((told.external_ids or {}).get("DBLP", "")))
        named = str((told.publication_venue or {}).get("name") or told.venue or "")
        hits = self._table.find(named)
        if key is None or len(hits) != 1 or not (hits[0].by_title or named == hits[0].row.name):
            return None
        year, name = 2000 + int(key[1]), hits[0].row.name
        return Venue(make_label(name, year, None), name, year, None, "semanticscholar", f"{_SERVICE}: {named} {year}")


def _read(answer: Response, asked: int) -> list[_Found | None]:
    try:
        found = msgspec.json.decode(answer.body, type=list[_Found | None])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadAnswerError(f"{_SERVICE} sent no list of papers ({error}); try again later.") from error
    if len(found) != asked:
        raise BadAnswerError(f"{_SERVICE} answered for {len(found)} papers where {asked} were asked for.")
    return found
