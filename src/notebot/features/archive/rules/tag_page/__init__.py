"""The pages of the archive's tags, in three forms: what stands on them, in which order, and how it is drawn."""

from notebot.features.archive.rules.tag_page.page_forms import FORMS, PageForm, make_form
from notebot.features.archive.rules.tag_page.selection import ARTICLE, PageNote, PageRules, select

__all__ = ["ARTICLE", "FORMS", "PageForm", "PageNote", "PageRules", "make_form", "select"]
