"""The curator's own bookmarks on X, by X's official API: ids and links, no words.

bookmarks (which pages, how many posts a day) ──> account (whose they are, with which token) ──> http
"""

from notebot.features.intake.adapters.x_bookmarks.account import SECRET_ENV, XAccount
from notebot.features.intake.adapters.x_bookmarks.bookmarks import BilledPosts, XBookmarks

__all__ = ["SECRET_ENV", "BilledPosts", "XAccount", "XBookmarks"]
