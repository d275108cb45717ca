"""Asks Semantic Scholar for venues: one request for up to 500 papers, with the curator's own key."""

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

KEY_ENV = "NOTEBOT_S2_KEY"
BATCH = 500
_SERVICE = "Semantic Scholar"
_FIELDS = "venue,publicationVenue,externalIds"
_CONFERENCE = regex(r"conf/[a-z0-9-]+/[^/\s]*?([0-9]{2})[a-z]?")
"""DBLP's key of a conference paper ends with the year of the proceedings."""


class _Publication(msgspec.Struct, rename="camel"):
    """What the service knows about one paper."""

    venue: str | None = None
    publication_venue: dict[str, Any] | None = None
    external_ids: dict[str, Any] | None = None


class SemanticScholar:
    """Implements :class:`VenueResolver`: reports a venue only with its year and a name from the table.

    Raises:
        UsageError: there is no valid key; the service is not asked without one.
    """

    def __init__(self, http: Http, base_url: str, key: str | None, table: VenueTable) -> None:
        # without a key nearly every request is answered with 429 (services.md 2.2); other characters break the header
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise UsageError(f"The resolver semanticscholar needs a key; set {KEY_ENV} to yours.")
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._table = table

    def resolve(self, papers: Collection[Paper]) -> dict[str, Venue]:
        """Returns the known venues by arXiv id.

        Raises:
            ServiceError: the service did not answer, or not for every paper.
        """
        ids = [paper.arxiv_id for paper in papers]
        venues: dict[str, Venue] = {}
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            answer = self._http.post(
                f"{self._base_url}/paper/batch?fields={_FIELDS}",
                json.dumps({"ids": [f"ARXIV:{arxiv_id}" for arxiv_id in batch]}).encode(),
                accept=("application/json",),
                max_bytes=10_000_000,
                service=_SERVICE,
                headers={"x-api-key": self._key, "Content-Type": "application/json"},
            )
            try:
                publications = msgspec.json.decode(answer.body, type=list[_Publication | None])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise BadAnswerError(f"{_SERVICE} sent no list of papers ({error}); try again later.") from error
            # the answer has one element per id, in their order, and null for unknown papers
            if len(publications) != len(batch):
                raise BadAnswerError(f"{_SERVICE} answered for {len(publications)} papers instead of {len(batch)}.")
            for arxiv_id, publication in zip(batch, publications, strict=True):
                venue = self._venue_of(publication) if publication is not None else None
                if venue is not None:
                    venues[arxiv_id] = venue
        return venues

    def _venue_of(self, publication: _Publication) -> Venue | None:
        # the year in the service's own field may be the preprint's, the one in DBLP's key is the proceedings'
        key = _CONFERENCE.fullmatch(str((publication.external_ids or {}).get("DBLP", "")))
        named = str((publication.publication_venue or {}).get("name") or publication.venue or "")
        mentions = self._table.find(named)
        # an abbreviation amid other words may be the host of a workshop: "12th Workshop at ACL"
        if key is None or len(mentions) != 1 or not (mentions[0].by_title or named == mentions[0].row.name):
            return None
        year, name = 2000 + int(key[1]), mentions[0].row.name
        return Venue(make_label(name, year, None), name, year, None, "semanticscholar", f"{_SERVICE}: {named} {year}")
