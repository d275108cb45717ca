"""Reads pages of the web: what a page says of itself, and nothing that it does not say.

source (the guard asks) ──> charset ──> markup (tags, in linear time) ──> document ──> json_ld, claims ──> Article
                        └─> pdf
"""

from notebot.adapters.web_page.page import read_html_page
from notebot.adapters.web_page.source import WebPages

__all__ = ["WebPages", "read_html_page"]
