"""What a site's ``robots.txt`` asks of programs (RFC 9309), asked once a day."""

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

_VERSION = regex(r"(?im)^([ \t]*user-agent[ \t]*:[ \t]*[\w-]+)/[^\s#]*")
"""A program is addressed by its name alone; some sites write its version too."""
_DAY_S = 24 * 60 * 60
_MOST_SITES = 500


class _Known(Struct, frozen=True):
    rules: "Protego | None"
    """``None``: everything is allowed."""
    asked_s: float
    """``time.monotonic()``."""


class Robots:
    """Remembers the wishes of the sites met last.

    Args:
        user_agent: as sent; a site addresses the word before its first ``/``.
        ask: the text of a ``robots.txt`` by its URL.
    """

    def __init__(self, user_agent: str, ask: Callable[[str, float], bytes]) -> None:
        self._name = user_agent.partition("/")[0]
        self._ask = ask
        self._known: dict[str, _Known] = {}

    def check(self, target: Target, deadline_s: float) -> None:
        """Passes a target that its site leaves open; a site without a readable ``robots.txt`` is open.

        Raises:
            GuardError: the site asks us to stay away.
            ServiceError: the site cannot say so now (5xx, 429, no answer); it is not asked for more.
        """
        rules = self._rules(target.origin, deadline_s)
        if rules is not None and not rules.can_fetch(target.url, self._name):
            raise GuardError(GuardRule.ROBOTS, target.url)

    def _rules(self, origin: str, deadline_s: float) -> Protego | None:
        known = self._known.get(origin)
        if known is None or time.monotonic() - known.asked_s > _DAY_S:
            known = _Known(self._read(f"{origin}/robots.txt", deadline_s), time.monotonic())
            self._known.pop(origin, None)
            if len(self._known) >= _MOST_SITES:
                del self._known[next(iter(self._known))]
            self._known[origin] = known
        return known.rules

    def _read(self, url: str, deadline_s: float) -> Protego | None:
        try:
            body = self._ask(url, deadline_s)
        except GuardError as error:
            if error.rule is GuardRule.TIME:
                raise
            return None
        except (NotFoundError, RefusedError, BadAnswerError):
            return None
        from protego import Protego

        return Protego.parse(_VERSION.sub(r"\1", body.decode("utf-8-sig", errors="replace")))
