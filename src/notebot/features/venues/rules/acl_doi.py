"""The venue that a DOI of the ACL Anthology names: ``10.18653/v1/2025.findings-emnlp.7`` is EMNLP'25 Findings."""

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
"""The volumes that are known; others (tutorials, workshops) are left to the curator."""


def venue_of_doi(doi: str | None) -> Venue | None:
    """The venue, or none for any other publisher and for volumes that are not known."""
    found = _DOI.fullmatch((doi or "").strip())
    name = _NAMES.get(found[4].lower()) if found else None
    volume = (found[5] or "main").lower() if found else ""
    if found is None or name is None or volume not in _TRACKS:
        return None
    track = "Findings" if found[3] else _TRACKS[volume]
    return Venue(f"{name}'{found[2]}", name, 2000 + int(found[2]), track, "doi", found[0])
