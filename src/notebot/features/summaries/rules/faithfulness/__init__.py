"""Finds claims in a model's text that the paper does not support, to show them to the curator."""

from notebot.features.summaries.rules.faithfulness.unsupported_claims import find_doubts, stub_doubts

__all__ = ["find_doubts", "stub_doubts"]
