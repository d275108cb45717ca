"""The curator's own bookmarks on X, over X's official API: ids and links, no text.

bookmarks (which pages, how many posts a day) ──> account (user id and tokens) ──> http
"""

from notebot.features.intake.adapters.x_bookmarks.account import SECRET_ENV, XAccount
from notebot.features.intake.adapters.x_bookmarks.bookmarks import BilledPosts, XBookmarks

__all__ = ["SECRET_ENV", "BilledPosts", "XAccount", "XBookmarks"]
