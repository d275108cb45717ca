"""Keys of bounded length for texts from outside."""

from __future__ import annotations

_LONGEST = 600
_BEGINNING = 500


def bounded_key(text: str) -> str:
    """The text itself, or if it has more than 600 characters its beginning and its SHA-256.

    At most 2,400 bytes in UTF-8: an entry of PostgreSQL's B-tree index has at most 2,704.
    """
    if len(text) <= _LONGEST:
        return text
    from hashlib import sha256  # loads OpenSSL, 4 ms

    return f"{text[:_BEGINNING]}#{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
