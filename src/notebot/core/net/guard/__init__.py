"""The one door for links from outside: no link of a post or a page is asked for but through :class:`Guard`.

rules (may this be asked?) ──> resolver (once) ──> rules (these addresses?) ──> wire (exactly there)
                        robots (does the site mind?)                    door (the same for every redirect)
"""

from notebot.core.net.guard.guarded_client import Guard
from notebot.core.net.guard.resolver import Resolver, SystemResolver
from notebot.core.net.guard.url_policy import Address, GuardError, GuardRule

__all__ = ["Address", "Guard", "GuardError", "GuardRule", "Resolver", "SystemResolver"]
