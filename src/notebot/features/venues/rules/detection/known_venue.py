"""Reads a venue of the table, with its year and track, from the clause that names it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notebot.core.text.patterns import regex
from notebot.features.venues.rules.detection.acceptance import Acceptance, is_co_located, judge_acceptance
from notebot.features.venues.rules.detection.candidate import VenueCandidate
from notebot.features.venues.rules.detection.context import is_part_of_longer_name, other_mentions, read_context
from notebot.features.venues.rules.detection.tracks import find_contest, find_track
from notebot.features.venues.rules.detection.venue_table import VenueKind, VenueMention
from notebot.features.venues.rules.detection.workshops import find_workshop
from notebot.features.venues.rules.detection.years import (
    last_year,
    short_year_within,
    year_after,
    year_before,
    year_within,
)

if TYPE_CHECKING:
    from notebot.features.venues.rules.detection.clauses import Clause
    from notebot.features.venues.rules.detection.parsed_comment import ParsedComment

_NEAR = 80
"""Characters between a marker and a name that is also an ordinary word."""
_CONNECTING = regex(
    r"(?:[\s(/:,]|\d+(?:st|nd|rd|th)|[a-z-]+(?![a-z-])|IEEE|ACM|Elsevier|Oral|Poster|Journal|Proceedings){0,40}"
)
"""Text that may appear between them."""
_AT = regex(r"\b(?:with|at|by)\s$")
_HOSTS = regex(r"(?:\bworkshop,?\s(?:at\s)?|@\s?)(?:the\s)?$", re.IGNORECASE)
_SPECIAL_ISSUE = regex(r"\bspecial\s+issue\b", re.IGNORECASE)
_FEW_WORDS = 5
"""Words next to a venue without marker and year; more words are prose that only mentions the venue."""
_NAMES_EVENT = regex(
    r"\b(?:conference|symposium|meeting|workshops?|transactions|journal|proc|proceedings|in)\b", re.IGNORECASE
)
_FOOTER = regex(r"[.;,\s]*PMLR\s+\d+,\s*(?=20\d\d)")
_W_AFTER = regex(r"-?W\b|[\s-]?\d{4}[\s-]?W\b")


def read_known_venue(comment: ParsedComment, mention: VenueMention, latest: int) -> VenueCandidate | None:
    """Reads one mention in a comment; ``None`` if the paper did not appear at this venue.

    Args:
        latest: the last year that the paper may have.
    """
    if is_part_of_longer_name(comment, mention):
        return None
    acceptance = judge_acceptance(comment, mention)
    if acceptance is Acceptance.NOT_ACCEPTED:
        return None
    clause = comment.clause_at(mention.start)
    context = read_context(comment, mention, clause)
    year, end = _find_year(comment, mention, clause, latest)
    is_journal = mention.row.kind is VenueKind.JOURNAL
    is_special_issue = is_journal and _SPECIAL_ISSUE.search(comment.text, clause.start, mention.start) is not None
    if mention.ambiguous:
        if not _is_venue_here(comment, mention, clause, year, latest):
            return None
    elif acceptance is not Acceptance.ACCEPTED and year is None and not is_special_issue:
        # without marker and year, only a short statement or one that names an event counts
        neighbours = comment.text[clause.start : mention.start].rpartition(", ")[2]
        neighbours += " " + comment.text[mention.end : clause.end].partition(", ")[0]
        if len(neighbours.split()) > _FEW_WORDS and "workshop" not in neighbours.lower():
            return None
        if mention.by_title and not _NAMES_EVENT.search(
            comment.text, max(clause.start, mention.start - 30), mention.end
        ):
            return None
    rest = comment.text[end : context.end]
    flagged = mention.workshops or _W_AFTER.match(comment.text, mention.end) is not None
    workshop = find_workshop(context.before, rest, context.following, has_marker=context.has_marker, flagged=flagged)
    contest = find_contest(context.before, rest)
    if contest is not None and acceptance is not Acceptance.ACCEPTED and "workshop" not in comment.text.lower():
        return None  # the report of a contest entry is not a paper of the conference
    if workshop is None and (short := _workshop_after(comment, end, context.end)):
        workshop = f"Workshop {short}"
    if workshop is None and is_co_located(comment, mention):
        return None
    track = workshop or contest or find_track(context.lead, rest, context.following)
    track = track or ("Findings" if mention.findings else None)
    return _candidate(mention, year, track, acceptance, end)


def _workshop_after(comment: ParsedComment, end: int, limit: int) -> str | None:
    """Returns the workshop of the table that follows its host directly: ``ACL-2026, BEA``."""
    for other in comment.mentions:
        if other.row.kind is VenueKind.WORKSHOP and comment.text[end : other.start] in (", ", " ", "; ", " - "):
            return other.row.name if other.end >= limit or comment.text[other.end] in ",;.)" else None
    return None


def read_printed_venue(reference: ParsedComment, mention: VenueMention, latest: int) -> VenueCandidate | None:
    """Reads one mention in a journal reference, which only names what has been published."""
    text = reference.text
    if is_part_of_longer_name(reference, mention):
        return None
    # an abbreviation alone at the end is the publisher: "In Proc. of …, pp. 309-326. ACL"
    at_end = mention.end >= len(text.rstrip(". "))
    if at_end and not mention.by_title and text[max(0, mention.start - 2) : mention.start] in (". ", ", "):
        return None
    # an ordinary word is a venue only at the start of the reference or directly before its year
    if mention.ambiguous and mention.start > 8 and year_after(text, mention.end, latest) is None:
        return None
    clause = reference.clauses[0]
    context = read_context(reference, mention, clause)
    year, end = _find_year(reference, mention, clause, latest)
    if mention.row.kind is VenueKind.JOURNAL:
        return _candidate(mention, last_year(text, latest) or year, None, Acceptance.ACCEPTED, end)
    rest = text[end : context.end]
    workshop = find_workshop(context.before, rest, "", has_marker=context.has_marker, flagged=mention.workshops)
    return _candidate(mention, year, workshop or find_track(context.lead, rest, ""), Acceptance.ACCEPTED, end)


def _candidate(
    mention: VenueMention, year: int | None, track: str | None, acceptance: Acceptance, end: int
) -> VenueCandidate:
    return VenueCandidate(
        name=mention.row.name,
        kind=mention.row.kind,
        year=year,
        track=track if mention.row.kind is VenueKind.CONFERENCE else None,
        acceptance=acceptance,
        in_table=True,
        start=mention.start,
        end=end,
    )


def _find_year(comment: ParsedComment, mention: VenueMention, clause: Clause, latest: int) -> tuple[int | None, int]:
    """Returns the year of a mention, and where the name ends, its year included."""
    text = comment.text
    inner = year_within(text, mention.start, mention.end, latest)
    if inner is None:
        # an earlier spelling may carry the year: "LAK26: 16th International …", "SIGIR '26: Proceedings of …"
        heads = [
            other.end
            for other in comment.mentions
            if clause.start <= other.start < mention.start and other.row == mention.row
        ]
        years = (year_after(text, at, latest) for at in (*heads, mention.head) if at)
        inner = next((found[0] for found in years if found is not None), None)
    after = year_after(text, mention.end, latest)
    if after is not None:
        return inner or after[0], after[1]
    later = [other for other in other_mentions(comment, clause, mention) if other.start >= mention.end]
    end = min([clause.end, *(other.start for other in later)])
    marker = max([clause.start, *(marker.end for marker in comment.markers_before(clause, mention.start))])
    # from the most to the least certain place
    year = (
        inner
        or short_year_within(text, mention.start, mention.end, latest)
        or year_before(text, clause.start, mention.start, latest)
        or year_within(text, mention.end, end, latest)
        or year_within(text, marker, mention.start, latest)
        or short_year_within(text, mention.end, min(end, mention.end + 40), latest)
        or _year_of_host(comment, mention, later, latest)
    )
    # "… on Machine Learning, Seoul. PMLR 306, 2026": the footer of ICML papers
    footer = _FOOTER.match(text, clause.end) if year is None else None
    return year_within(text, footer.end(), footer.end() + 6, latest) if footer else year, mention.end


def _year_of_host(comment: ParsedComment, mention: VenueMention, later: list[VenueMention], latest: int) -> int | None:
    """Returns the year of the host: ``SemEval, co-located with ACL 2026``, ``SemEval Workshop, ACL 2026``."""
    is_workshop = comment.text[mention.start : mention.end].lower().endswith("workshop")
    for other in later:
        is_host = is_workshop and comment.text[mention.end : other.start] in (", ", " at ", " @ ")
        if is_host or is_co_located(comment, other):
            after = year_after(comment.text, other.end, latest)
            return after[0] if after is not None else None
    return None


def _is_venue_here(
    comment: ParsedComment, mention: VenueMention, clause: Clause, year: int | None, latest: int
) -> bool:
    """True if an ordinary word is a venue: after a marker, after its workshop, or directly before its year."""
    text = comment.text
    markers = [marker.end for marker in comment.markers_before(clause, mention.start) if marker.is_positive]
    if markers and mention.start - markers[-1] <= _NEAR and _CONNECTING.fullmatch(text, markers[-1], mention.start):
        return True
    dated = year_after(text, mention.end, latest) is not None or (year is not None and mention.other_case)
    if not mention.by_title:
        return dated or _HOSTS.search(text, max(0, mention.start - 24), mention.start) is not None
    opens = mention.start - clause.start <= 2 or _AT.search(text, max(0, mention.start - 12), mention.start) is not None
    return dated and opens
