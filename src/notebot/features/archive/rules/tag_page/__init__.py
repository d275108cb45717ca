"""Tag pages in three forms: which notes they show, in which order, and how they are rendered."""

from notebot.features.archive.rules.tag_page.page_forms import FORMS, PageForm, make_form
from notebot.features.archive.rules.tag_page.selection import ARTICLE, PageNote, PageRules, select

__all__ = ["ARTICLE", "FORMS", "PageForm", "PageNote", "PageRules", "make_form", "select"]
