"""`notebot fill`: an issue that the curator opened with nothing but links becomes a note, in place.

run (which issues, who waits; posts alone: follow) ──> noted already? ──> writing: one comment `既出: #N`
            └─ papers (one request for all) ──────> writing: title, body and labels, then the source post

The issue is read again immediately before it is written: whoever changed it meanwhile has the last word. As in
`notebot publish` the outbox says before each request that it may be under way, so that nothing is written twice.
"""

from notebot.features.publishing.fill.fill_issues import SOURCE, Papers, fill
from notebot.features.publishing.fill.follow_posts import Follow, Followed
from notebot.features.publishing.fill.link_only_issues import CuratorIssues, OpenIssues
from notebot.features.publishing.fill.report import Filled, FillReport, KnownPaper, Remark

__all__ = [
    "SOURCE",
    "CuratorIssues",
    "FillReport",
    "Filled",
    "Follow",
    "Followed",
    "KnownPaper",
    "OpenIssues",
    "Papers",
    "Remark",
    "fill",
]
