"""The curator's archive on GitHub, over its REST API.

issues (which have changed?) ────────┐
   import_cursor, issue_listing      ├─> request (one request: token, limits, pages) ──> http
writer (one write at a time) ────────┤       errors (what a status means)    forms (what the JSON says)
   write_rate_limit (how often)      │
open_issues (link-only issues) ──────┘
"""

from notebot.features.publishing.adapters.github.issues import GitHubIssues, IssuePage
from notebot.features.publishing.adapters.github.write_rate_limit import WRITE_PACE_S, WritePace
from notebot.features.publishing.adapters.github.writer import GitHubWriter
from notebot.features.publishing.archive_port import Issue

__all__ = ["WRITE_PACE_S", "GitHubIssues", "GitHubWriter", "Issue", "IssuePage", "WritePace"]
