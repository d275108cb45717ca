"""Finds the track of a conference paper, in the spelling of the notes: the words after the year in a title line."""

import re
from itertools import dropwhile

from notebot.core.text.patterns import regex, to_lower_case
from notebot.features.venues.rules.detection.word_lists import word_regex

_TRACK_REACH = 110
"""Characters after a venue in which its track may appear."""
_NAMED: tuple[tuple[str, str], ...] = (
    (
        "Datasets and Benchmarks Track",
        r"\bd\s?(?:&|and)\s?b\b(?:\s+track)?|\bdatasets?\s*(?:and|&|/)\s*benchmarks?(?:\s+track)?",
    ),
    ("Evaluations and Datasets Track", r"\be\s?&\s?d\s+track|\bevaluations?\s*(?:and|&)\s*datasets?(?:\s+track)?"),
    ("Findings", r"\bfindings\b(?:\s+track)?"),
    ("SRW", r"\bsrw\b|\bstudent\s+research\s+workshop"),
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
    ("Applied Data Science Track", r"\bapplied\s+data\s+science(?:\s+\(?ads\)?)?(?:\s+track)?|\bads\s+track"),
    ("Position Paper Track", r"\bposition\s+(?:papers?\s+)?track|\(position(?:\s+paper)?\)|\bposition\s+papers?\b"),
    ("Tiny Paper", r"\btiny\s+papers?(?:\s+track)?"),
    ("Late-Breaking Demo", r"\blate[- ]breaking\s+demos?|\blbd\b"),
    ("Late-Breaking Results", r"\blate[- ]breaking\s+(?:results?|work|reports?)(?:\s+track)?|\blb[rw]\b(?:\s+track)?"),
    ("Doctoral Consortium", r"\bdoctoral\s+consortium|\bphd\s+symposium"),
    ("Student Abstract", r"\bstudent\s+abstracts?(?:\s+and\s+\w+\s+\w+)?"),
    ("Best Paper", r"\bbest\s+(?:\w+\s+)?papers?\b(?!\s+(?:award\s+)?(?:final|nomin|candid|runner|honou?rable))"),
    ("Outstanding Paper Award", r"\boutstanding\s+papers?(?:\s+awards?)?"),
    ("SAC Highlights", r"\bsac\s+highlights?"),
    (
        "Oral",
        r"\borals?\b(?!\s+(?:histor|health|cancer|cavity|exam|medic|surg|lesion|tradition))(?:\s+presentations?)?",
    ),
    ("Spotlight", r"\bspot\s?lights?\b"),
    ("Highlight", r"(?<!sac )\bhighlight(?:ed|s)?\b(?!\s+(?:that|the|how|a|our|and))"),
)
"""Each track as notes spell it, and the pattern of the authors' spellings in lower case."""
_TRACKS = regex("|".join(f"(?P<t{index}>{words})" for index, (_, words) in enumerate(_NAMED)))
_OTHER_TRACK = regex(
    r"(?:^|[\s(,:–-])(?P<name>[A-Z][\w&/+-]*(?:\s+(?:(?:for|and|of|in|on|the|&)\s+)?[A-Z][\w&/+-]*){0,5})"
    r"(?:\s+\([A-Z][\w-]{1,7}\))?\s+[Tt]rack\b"
)
_NO_TRACK = word_regex("<<not_a_track>>", re.IGNORECASE)
_CONTEST_REACH = 90
_CONTEST = regex(
    r"\b(?P<name>(?:[A-Z0-9][\w&+/.-]*\s+){0,6})(?:challenge|competition|shared\s+task|contest)\b", re.IGNORECASE
)
_CONTEST_LEAD = regex(r"^(?:(?:the|at|in|to|for|on|a|track)\s+|\d+(?:st|nd|rd|th)\s+)+", re.IGNORECASE)
_PROSE = regex(
    r"\b(?:we|our|in\s+which|code|available|show|(?<!breaking )results?|project|github|with\s+\d|pages?\s+\w+)\b",
    re.IGNORECASE,
)
_DISTINCTIONS = ("Oral", "Spotlight", "Highlight", "SAC Highlights", "Best Paper", "Outstanding Paper Award")
"""Distinctions that a paper of any track may have; they follow the track."""
_OPENS = regex(
    r"\s*(?:[,.;:!()\[\]*–—-]|\s|\b(?:an?|as|and|for|to|be|the|selected|accepted|presented|chosen|it|this|paper|is|was)\b)*",
    re.IGNORECASE,
)


def find_track(before: str, after: str, following: str) -> str | None:
    """Returns the track, a distinction or both; ``None`` for main, research, short and poster papers.

    Args:
        before: the clause up to the venue.
        after: the clause after the venue and its year, up to the next venue.
        following: the next clause, which counts only if it begins with a track (``Oral presentation.``).
    """
    after = after[:_TRACK_REACH]
    prose = _PROSE.search(after)  # "we", "code", "results": from here on the authors describe the paper
    after = after[: prose.start()] if prose else after
    matches = [*_TRACKS.finditer(to_lower_case(before)), *_TRACKS.finditer(to_lower_case(after))]
    opens = _OPENS.match(following)
    opening = _TRACKS.match(to_lower_case(following), opens.end() if opens else 0)
    matches += [opening] if opening else []
    names = dict.fromkeys(_NAMED[int((match.lastgroup or "t0")[1:])][0] for match in matches)
    tracks = [name for name in names if name not in _DISTINCTIONS]
    distinctions = [name for name in names if name in _DISTINCTIONS]
    if not tracks:
        other = _other_track(after) or _other_track(before)
        tracks = [other] if other else []
    return " ".join([*tracks[:1], *distinctions[:1]]) or None


def names_track(words: str) -> bool:
    """True if the words name a track, so that they cannot be the name of a workshop."""
    return _TRACKS.search(to_lower_case(words)) is not None or all(_NO_TRACK.fullmatch(word) for word in words.split())


def find_contest(before: str, after: str) -> str | None:
    """Returns ``NAME Challenge`` if the words around a venue name a contest there."""
    match = _CONTEST.search(before[-_CONTEST_REACH:]) or _CONTEST.search(after[:_CONTEST_REACH])
    if match is None:
        return None
    name = _CONTEST_LEAD.sub("", match["name"]).strip()
    return f"{name} Challenge".strip()


def _other_track(text: str) -> str | None:
    """Returns the name of a track that notes do not list: ``Resources and Evaluation Track``."""
    match = _OTHER_TRACK.search(text)
    words = list(dropwhile(_NO_TRACK.fullmatch, match["name"].split())) if match else []
    return " ".join([*words, "Track"]) if words else None
