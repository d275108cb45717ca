"""Tags for a paper, learned from the curator's own archive.

The nearest notes vote for their tags, and a tag that the paper names counts as evidence. ``terms`` tokenises texts,
``neighbour_index`` finds the nearest notes, ``corpus`` stores the archive for the model, ``labels`` lists the tags that
are never suggested, ``tag_mentions`` finds tags in a text, ``features`` and ``regression`` weigh the evidence, and
``model`` combines them. ``background_terms`` compares the archive with all that arXiv announces.
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
