"""`notebot publish`: kept stubs become issues, and accepted offers are applied; each exactly once.

run (what is to be done, when to stop) ──> stubs (one issue and its comments) ──┐
                    │                      offers (one change of a note) ───────├──> session ──> GitHub, outbox, store
                    └─ files (no token, or --dry-run: what would be sent)       └──> labels

Before each request the outbox says that it may be under way, after it that it is done. What may have been
under way is looked for among the newest issues, or the issue's comments, before it is sent again.
"""

from notebot.features.publishing.publish.issue_files import OutboxFiles, write_files
from notebot.features.publishing.publish.publish_kept import publish
from notebot.features.publishing.publish.report import Applied, Published, PublishReport, Trouble
from notebot.features.publishing.publish.session import Outbox, PublishRules, Session

__all__ = [
    "Applied",
    "Outbox",
    "OutboxFiles",
    "PublishReport",
    "PublishRules",
    "Published",
    "Session",
    "Trouble",
    "publish",
    "write_files",
]
