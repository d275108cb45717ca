"""Reads posts from the services where people discuss papers, each as its own terms allow.

post_services ──> x, bluesky, hackernews, huggingface ──> HTTP client (hosts from the config)
              └─> mastodon ──> link guard (hosts from the posts)

Shared: json_request, json_access, post_html.
"""

from notebot.features.intake.adapters.post_services.services import PostServices, ServiceUrls

__all__ = ["PostServices", "ServiceUrls"]
