"""The one door for links from outside: no link of a post or a page is asked for but through :class:`Guard`.

rules (may this be asked?) ──> resolver (once) ──> rules (these addresses?) ──> wire (exactly there)
                        robots (does the site mind?)                    door (the same for every redirect)
"""

from notebot.adapters.guard.guarded_client import Guard
from notebot.adapters.guard.resolver import Resolver, SystemResolver
from notebot.adapters.guard.url_policy import Address, GuardError, GuardRule

__all__ = ["Address", "Guard", "GuardError", "GuardRule", "Resolver", "SystemResolver"]
