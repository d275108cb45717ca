"""Tags for a paper, learned from the curator's own archive: nearest notes vote, and tags that a paper names count.

``terms`` cuts texts, ``index`` finds near notes, ``corpus`` holds what the archive looks like to the model,
``labels`` says which tags are never suggested, ``naming`` finds tags in a text, ``features`` and ``fit`` weigh
both against each other, ``model`` puts it together. ``announced`` tells the archive from all that arXiv announces.
"""

from notebot.features.suggestions.rules.tag_model.author_handles import is_by_author
from notebot.features.suggestions.rules.tag_model.background_terms import AnnouncedTerms, count_terms, leaning
from notebot.features.suggestions.rules.tag_model.corpus import Corpus, CorpusRecord, NotedPaper, gather
from notebot.features.suggestions.rules.tag_model.labels import AUTHOR_THREAD, VenueHabit, is_topical, learn_venues
from notebot.features.suggestions.rules.tag_model.model import TagModel, TagRecord, TagScore, learn_tags

__all__ = [
    "AUTHOR_THREAD",
    "AnnouncedTerms",
    "Corpus",
    "CorpusRecord",
    "NotedPaper",
    "TagModel",
    "TagRecord",
    "TagScore",
    "VenueHabit",
    "count_terms",
    "gather",
    "is_by_author",
    "is_topical",
    "leaning",
    "learn_tags",
    "learn_venues",
]
