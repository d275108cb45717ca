"""Follows links from outside: posts and pages link to anything, so every request passes :class:`Guard`.

url_policy (is the URL allowed?) ──> resolver (once) ──> url_policy (are the addresses allowed?)
──> robots (does the site allow it?) ──> pinned_connection (to exactly those addresses); again for every redirect
"""

from notebot.core.net.guard.guarded_client import Guard
from notebot.core.net.guard.resolver import Resolver, SystemResolver
from notebot.core.net.guard.url_policy import Address, GuardError, GuardRule

__all__ = ["Address", "Guard", "GuardError", "GuardRule", "Resolver", "SystemResolver"]
