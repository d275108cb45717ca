"""Reads the venue from a DOI of the ACL Anthology: ``10.18653/v1/2025.findings-emnlp.7`` is EMNLP'25 Findings."""

import re

from notebot.core.model.stub import Venue
from notebot.core.text.patterns import regex

_DOI = regex(r"10\.18653/v1/(20(\d\d)\.(findings-)?([a-z]+)(?:-([a-z]+))?\.\d+)", re.IGNORECASE)
_NAMES = {name.lower(): name for name in ("ACL", "EMNLP", "NAACL", "EACL", "AACL", "CoNLL")}
_TRACKS = {
    "long": None,
    "short": None,
    "main": None,
    "srw": "SRW",
    "demo": "Demo",
    "demos": "Demo",
    "industry": "Industry Track",
}
"""Known volumes and their tracks; others, such as tutorials and workshops, are left to the curator."""


def venue_of_doi(doi: str | None) -> Venue | None:
    """Returns the venue, or ``None`` for other publishers and unknown volumes."""
    match = _DOI.fullmatch((doi or "").strip())
    if match is None:
        return None
    # ids of Findings have no volume: 2025.findings-emnlp.7
    name, volume = _NAMES.get(match[4].lower()), (match[5] or "main").lower()
    if name is None or volume not in _TRACKS:
        return None
    track = "Findings" if match[3] else _TRACKS[volume]
    return Venue(f"{name}'{match[2]}", name, 2000 + int(match[2]), track, "doi", match[0])
