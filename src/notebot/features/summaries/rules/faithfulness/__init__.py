"""Does a text that a model wrote say only what the paper says? What its source lacks is shown to the curator."""

from notebot.features.summaries.rules.faithfulness.unsupported_claims import find_doubts, stub_doubts

__all__ = ["find_doubts", "stub_doubts"]
