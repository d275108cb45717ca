"""Splits texts into terms: words without their endings, so that *agent* and *agents* are the same."""

from functools import lru_cache
from itertools import chain

from notebot.core.text.words import is_ideographic, split_runs

_LITTLE = """
    a about after all also although among an and any are as at be been being between both but by can could did do does
    during each either et al etc for from further had has have having here how however if in into is it its itself may
    might more most much must no nor not of on onto or other our over s same she should since so some such than that
    the their them then there these they this those through thus to too under until up upon very was we were what when
    where whether which while who whom whose why will with within without would you your
"""
_STOP_WORDS = frozenset(_LITTLE.split())

_ENDINGS = ("ization", "ations", "ation", "ings", "ing", "ies", "es", "ed", "al", "s", "e", "y")
_SHORTEST = 4
"""Letters that must remain of a word; ``ring`` has no ending."""


def terms_of(text: str, *, ideographs: bool = True) -> list[str]:
    """The terms of a text in order, without stop words; Japanese as pairs of characters, or not at all."""
    runs = [run for run in split_runs(text) if run not in _STOP_WORDS]
    # most abstracts are ASCII, and this runs for every note and announcement
    if text.isascii():
        return [stem(run) for run in runs]
    return list(chain.from_iterable(_terms(run, ideographs) for run in runs))


def surface_forms(text: str) -> dict[str, str]:
    """The first word of the text for each of its terms: ``grasp`` → ``grasping``."""
    return {stem(run): run for run in reversed(split_runs(text))}


def _terms(run: str, ideographs: bool) -> list[str]:
    if run.isascii() or not is_ideographic(run):
        return [stem(run)]
    return [run[place : place + 2] for place in range(max(len(run) - 1, 1))] if ideographs else []


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A lower-case word without its ending."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word[:-1] if len(word) == _SHORTEST and word.endswith("s") else word
