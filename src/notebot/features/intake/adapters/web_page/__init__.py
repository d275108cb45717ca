"""Reads web pages: the facts that a page states about itself, and nothing that it does not state.

fetch_page (through the link guard) ──> charset ──> html_tokens ──> document ──> json_ld, meta_tags ──> Article
                                    │                                       └──> paper_pages ──> PaperPage
                                    └──> pdf_metadata
"""

from notebot.features.intake.adapters.web_page.fetch_page import WebPages
from notebot.features.intake.adapters.web_page.read_page import read_html_page

__all__ = ["WebPages", "read_html_page"]
