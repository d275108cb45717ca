"""The track of a conference paper, in the spelling of the notes: what stands behind the year in a title line."""

import re
from itertools import dropwhile

from notebot.core.text.patterns import regex

_BEHIND = 110
"""Characters behind a venue in which its track may stand."""
_NAMED: tuple[tuple[str, str], ...] = (
    (
        "Datasets and Benchmarks Track",
        r"\bD\s?(?:&|and)\s?B\b(?:\s+track)?|\bdatasets?\s*(?:and|&|/)\s*benchmarks?(?:\s+track)?",
    ),
    ("Evaluations and Datasets Track", r"\bE\s?&\s?D\s+track|\bevaluations?\s*(?:and|&)\s*datasets?(?:\s+track)?"),
    ("Findings", r"\bfindings\b(?:\s+track)?"),
    ("SRW", r"\bSRW\b|\bstudent\s+research\s+workshop"),
    (
        "Industry Track",
        r"\bindustr(?:y|ial)\s+(?:and\s+\w+\s+)?(?:track|paper|session)|\(industry\)|"
        r"\bindustry\b(?=\s*(?:20\d\d|$|[,)]))",
    ),
    ("Spring Symposium", r"\bspring\s+symposi(?:um|a)\b(?:\s+series)?"),
    ("Fall Symposium", r"\bfall\s+symposi(?:um|a)\b(?:\s+series)?"),
    (
        "Demo",
        r"\b(?:system\s+)?demo(?:nstration)?s?\b(?!\s*:|\s+(?:and\s+\w+\s+)?(?:videos?|pages?|links?|website|webpage|available|is|are|can|"
        r"code|samples?|audio)\b)(?:\s+(?:track|paper|session))?",
    ),
    ("Blog Track", r"\bblog(?:\s?posts?)?\s+track|\bblogposts?\b"),
    ("Applied Data Science Track", r"\bapplied\s+data\s+science(?:\s+\(?ADS\)?)?(?:\s+track)?|\bADS\s+track"),
    ("Position Paper Track", r"\bposition\s+(?:papers?\s+)?track|\(position(?:\s+paper)?\)|\bposition\s+papers?\b"),
    ("Tiny Paper", r"\btiny\s+papers?(?:\s+track)?"),
    ("Late-Breaking Demo", r"\blate[- ]breaking\s+demos?|\bLBD\b"),
    ("Late-Breaking Results", r"\blate[- ]breaking\s+(?:results?|work|reports?)(?:\s+track)?|\bLB[RW]\b(?:\s+track)?"),
    ("Doctoral Consortium", r"\bdoctoral\s+consortium|\bPhD\s+symposium"),
    ("Student Abstract", r"\bstudent\s+abstracts?(?:\s+and\s+\w+\s+\w+)?"),
    ("Best Paper", r"\bbest\s+(?:\w+\s+)?papers?\b(?!\s+(?:award\s+)?(?:final|nomin|candid|runner|honou?rable))"),
    ("Outstanding Paper Award", r"\boutstanding\s+papers?(?:\s+awards?)?"),
    ("SAC Highlights", r"\bSAC\s+highlights?"),
    (
        "Oral",
        r"\borals?\b(?!\s+(?:histor|health|cancer|cavity|exam|medic|surg|lesion|tradition))(?:\s+presentations?)?",
    ),
    ("Spotlight", r"\bspot\s?lights?\b"),
    ("Highlight", r"(?<!SAC )\bhighlight(?:ed|s)?\b(?!\s+(?:that|the|how|a|our|and))"),
)
"""Each track as notes spell it, and how authors do."""
_TRACKS = regex("|".join(f"(?P<t{index}>{words})" for index, (_, words) in enumerate(_NAMED)), re.IGNORECASE)
_OTHER_TRACK = regex(
    r"(?:^|[\s(,:–-])(?P<name>[A-Z][\w&/+-]*(?:\s+(?:(?:for|and|of|in|on|the|&)\s+)?[A-Z][\w&/+-]*){0,5})"
    r"(?:\s+\([A-Z][\w-]{1,7}\))?\s+[Tt]rack\b"
)
_NO_TRACK = regex(
    r"main|research|technical|full|long|short|regular|papers?|conference|proceedings|poster|general|oral|spotlight|"
    r"archival|non-archival|abstract|special|accepted",
    re.IGNORECASE,
)
_CONTEST_REACH = 90
_CONTEST = regex(
    r"\b(?P<name>(?:[A-Z0-9][\w&+/.-]*\s+){0,6})(?:challenge|competition|shared\s+task|contest)\b", re.IGNORECASE
)
_CONTEST_LEAD = regex(r"^(?:(?:the|at|in|to|for|on|a|track)\s+|\d+(?:st|nd|rd|th)\s+)+", re.IGNORECASE)
_PROSE = regex(
    r"\b(?:we|our|in\s+which|code|available|show|(?<!breaking )results?|project|github|with\s+\d|pages?\s+\w+)\b",
    re.IGNORECASE,
)
_ORDER = ("Oral", "Spotlight", "Highlight", "SAC Highlights", "Best Paper", "Outstanding Paper Award")
"""What a paper of any track may be besides; it stands behind the track."""
_OPENS = regex(
    r"\s*(?:[,.;:!()\[\]*–—-]|\s|\b(?:an?|as|and|for|to|be|the|selected|accepted|presented|chosen|it|this|paper|is|was)\b)*",
    re.IGNORECASE,
)


def find_track(before: str, behind: str, following: str) -> str | None:
    """The track, or two of them with the track first, or none for main, research, short and poster papers.

    Args:
        before: the statement up to the venue.
        behind: the statement behind the venue and its year, up to the next venue.
        following: the statement after it, which counts only where it opens with a track (``Oral presentation.``).
    """
    behind = _cut_prose(behind[:_BEHIND])
    found = [*_named(before), *_named(behind), *_opening(following)]
    tracks = [name for name in dict.fromkeys(found) if name not in _ORDER]
    extras = [name for name in dict.fromkeys(found) if name in _ORDER]
    if not tracks:
        other = _other_track(behind) or _other_track(before)
        tracks = [other] if other else []
    return " ".join([*tracks[:1], *extras[:1]]) or None


def names_track(words: str) -> bool:
    """Whether the words are the name of a track, so that they are no workshop's."""
    return _TRACKS.search(words) is not None or all(_NO_TRACK.fullmatch(word) for word in words.split())


def find_contest(before: str, behind: str) -> str | None:
    """``NAME Challenge`` where the words about a venue name a contest there."""
    found = _CONTEST.search(before[-_CONTEST_REACH:]) or _CONTEST.search(behind[:_CONTEST_REACH])
    if found is None:
        return None
    name = _CONTEST_LEAD.sub("", found["name"]).strip()
    return f"{name} Challenge".strip()


def _named(text: str) -> list[str]:
    return [_NAMED[int((found.lastgroup or "t0")[1:])][0] for found in _TRACKS.finditer(text)]


def _opening(text: str) -> list[str]:
    opens = _OPENS.match(text)
    found = _TRACKS.match(text, opens.end() if opens else 0)
    return [_NAMED[int((found.lastgroup or "t0")[1:])][0]] if found else []


def _other_track(text: str) -> str | None:
    found = _OTHER_TRACK.search(text)
    if found is None:
        return None
    words = list(dropwhile(_NO_TRACK.fullmatch, found["name"].split()))
    if not words:
        return None
    return " ".join([*words, "Track"])


def _cut_prose(text: str) -> str:
    found = _PROSE.search(text)
    return text[: found.start()] if found else text
