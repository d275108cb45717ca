"""Derives the time of a post from its id (services.md 3).

X          milliseconds since 2010-11-04 01:42:54.657 UTC, above 22 bits of machine and sequence
Bluesky    13 digits of base 32: microseconds since 1970 above 10 bits of clock (atproto.com/specs/tid)
LinkedIn   milliseconds since 1970 above 22 bits, undocumented
Mastodon   milliseconds since 1970 above 16 bits, on servers that run Mastodon itself
"""

from datetime import UTC, datetime, timedelta

from notebot.core.model.post import TimeSource

TimeAndSource = tuple[datetime, TimeSource] | tuple[None, None]
"""An aware UTC time with its source, or ``(None, None)``."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# what the time in an X id counts from, in Unix time (services.md 3.1)
_X_EPOCH_MS = 1_288_834_974_657
_FIRST_TIMED_X = 1 << 35
"""Smaller ids were sequential numbers, until November 2010."""
_TID_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID_FIRST_DIGITS = _TID_DIGITS[:16]
_FIRST_LINKEDIN = datetime(2003, 1, 1, tzinfo=UTC)
_FIRST_MASTODON = datetime(2016, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)


def time_of_x(number: str) -> TimeAndSource:
    """The time in an X id; none for ids from before November 2010 and for numbers out of range."""
    value = int(number)
    if not _FIRST_TIMED_X <= value < 1 << 63:
        return None, None
    # services.md 3.1, checked with a post: 1942610771915202590 is 2025-07-08 15:44:34 UTC
    return _at_ms((value >> 22) + _X_EPOCH_MS), TimeSource.SNOWFLAKE


def time_of_bluesky(key: str) -> TimeAndSource:
    """The time in a record key that is a TID."""
    if len(key) != 13 or key[0] not in _TID_FIRST_DIGITS or any(digit not in _TID_DIGITS for digit in key):
        return None, None
    value = 0
    for digit in key:
        value = value * 32 + _TID_DIGITS.index(digit)
    return _EPOCH + timedelta(microseconds=value >> 10), TimeSource.TID


def time_of_linkedin(number: str) -> TimeAndSource:
    """The time that an activity id seems to contain."""
    return _inferred(number, 22, _FIRST_LINKEDIN)


def time_of_mastodon(number: str) -> TimeAndSource:
    """The time that a status id seems to contain."""
    return _inferred(number, 16, _FIRST_MASTODON)


def _inferred(number: str, bits: int, first: datetime) -> TimeAndSource:
    if not (number.isascii() and number.isdigit() and len(number) <= 20):
        return None, None
    moment = _at_ms(int(number) >> bits)
    # Other servers use other ids; a time outside the service's lifetime shows that this is one of them.
    return (moment, TimeSource.INFERRED) if first <= moment < _LAST else (None, None)


def _at_ms(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)
