"""The one place that builds adapters from the config and hands them to the services.

``resources`` are shared; ``rounds``, ``archive`` and ``health`` are the use cases by what they are about.
"""

from notebot.app.archive import Archive
from notebot.app.health import Health
from notebot.app.resources import DATABASE, make_clock
from notebot.app.rounds import Rounds

__all__ = ["DATABASE", "App", "make_clock"]


class App(Rounds, Archive, Health):
    """notebot, wired."""
