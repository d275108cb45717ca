"""A small invented arXiv on loopback: what the demo reads, and what the acceptance tests talk to.

with SampleArxiv() as arxiv:
    arxiv.day = date(2026, 5, 12)
    arxiv.set_faults(Fault("api", FaultKind.TOO_MANY_REQUESTS, retry_after="3"))
    ...  # ask arxiv.base_url, arxiv.api_url, arxiv.oai_url
"""

from notebot.demo.sample_arxiv.faults import Fault, FaultKind
from notebot.demo.sample_arxiv.papers import Announcement, Revision, SamplePaper, default_papers
from notebot.demo.sample_arxiv.server import LoggedRequest, SampleArxiv

__all__ = [
    "Announcement",
    "Fault",
    "FaultKind",
    "LoggedRequest",
    "Revision",
    "SampleArxiv",
    "SamplePaper",
    "default_papers",
]
