"""A small invented arXiv on loopback, for `notebot demo`; the tests break its answers on purpose.

with SampleArxiv() as arxiv:
    arxiv.day = date(2026, 5, 12)
    ...  # request arxiv.base_url, arxiv.api_url, arxiv.oai_url
"""

from notebot.demo.sample_arxiv.papers import Announcement, Revision, SamplePaper, default_papers
from notebot.demo.sample_arxiv.server import SampleArxiv

__all__ = [
    "Announcement",
    "Revision",
    "SampleArxiv",
    "SamplePaper",
    "default_papers",
]
