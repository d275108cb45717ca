"""Obeys the ``robots.txt`` of a site (RFC 9309), which is fetched at most once a day."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import BadAnswerError, NotFoundError, RefusedError
from notebot.core.net.guard.url_policy import GuardError, GuardRule, Target
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from protego import Protego

_AGENT_VERSION = regex(r"(?im)^([ \t]*user-agent[ \t]*:[ \t]*[\w-]+)/[^\s#]*")
"""RFC 9309 matches the name of a program only, but some sites write its version too."""
_MAX_AGE_S = 24 * 60 * 60  # RFC 9309, 2.4: a cached copy should not be used for longer
# a daemon reads links to ever new sites for months, so the memory has to end somewhere
_MAX_SITES = 500


class _SiteRules(Struct, frozen=True):
    rules: "Protego | None"
    """``None``: everything is allowed."""
    fetched_s: float
    """``time.monotonic()``."""


class Robots:
    """Checks URLs against ``robots.txt`` and remembers the sites seen last.

    Args:
        user_agent: as sent; the part before its first ``/`` is the name in ``robots.txt``.
        fetch: returns the content of a ``robots.txt``, by URL and deadline.
    """

    def __init__(self, user_agent: str, fetch: Callable[[str, float], bytes]) -> None:
        self._name = user_agent.partition("/")[0]
        self._fetch = fetch
        self._sites: dict[str, _SiteRules] = {}

    def check(self, target: Target, deadline_s: float) -> None:
        """Raises unless ``robots.txt`` allows the URL; a site without a readable one allows every URL.

        Raises:
            GuardError: the site disallows the URL.
            ServiceError: ``robots.txt`` is temporarily unavailable (5xx, 429, no response), so nothing is allowed.
        """
        site = self._sites.get(target.origin)
        if site is None or time.monotonic() - site.fetched_s > _MAX_AGE_S:
            site = _SiteRules(self._read(f"{target.origin}/robots.txt", deadline_s), time.monotonic())
            # Removed and added again, so the dict stays ordered by age and the oldest site is dropped.
            self._sites.pop(target.origin, None)
            if len(self._sites) >= _MAX_SITES:
                del self._sites[next(iter(self._sites))]
            self._sites[target.origin] = site
        if site.rules is not None and not site.rules.can_fetch(target.url, self._name):
            raise GuardError(GuardRule.ROBOTS, target.url)

    def _read(self, url: str, deadline_s: float) -> Protego | None:
        try:
            body = self._fetch(url, deadline_s)
        except GuardError as error:
            if error.rule is GuardRule.TIME:
                raise
            return None
        except (NotFoundError, RefusedError, BadAnswerError):
            return None
        from protego import Protego

        return Protego.parse(_AGENT_VERSION.sub(r"\1", body.decode("utf-8-sig", errors="replace")))
