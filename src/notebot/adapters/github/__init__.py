"""The curator's archive on GitHub, over its REST API.

issues (which have changed?) ──> access (one question: token, limits, pages) ──> http
   place (how far was read)         refusal (what a status means)    forms (what the JSON says)
"""

from notebot.adapters.github.forms import Issue
from notebot.adapters.github.issues import GitHubIssues, IssuePage

__all__ = ["GitHubIssues", "Issue", "IssuePage"]
