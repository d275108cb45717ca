"""Reads pages of the web: what a page says of itself, and nothing that it does not say.

source (the guard asks) ──> charset ──> markup (tags, in linear time) ──> document ──> json_ld, claims ──> Article
                        └─> pdf
"""

from notebot.features.intake.adapters.web_page.fetch_page import WebPages
from notebot.features.intake.adapters.web_page.read_page import read_html_page

__all__ = ["WebPages", "read_html_page"]
