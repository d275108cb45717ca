"""The services on which people speak of papers, each read as its own terms allow.

readers ──> x  bluesky  hackernews  huggingface ──> http (places named by the config)
        ──> mastodon ──> guard (servers named by the posts)       answers, tree, markup: what they share
"""

from notebot.features.intake.adapters.post_services.readers import Places, PostReaders

__all__ = ["Places", "PostReaders"]
