"""An answer of the sample arXiv, and the content types that arXiv's three services send."""

from msgspec import Struct

ATOM = "application/atom+xml; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
OAI_XML = "text/xml; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


class SampleAnswer(Struct, frozen=True):
    """Status, headers and body of one HTTP response."""

    body: bytes = b""
    content_type: str = PLAIN
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    """In addition to content type and length."""
