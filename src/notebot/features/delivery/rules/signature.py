"""Signs a webhook by the Standard Webhooks specification (github.com/standard-webhooks/standard-webhooks)."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256

PREFIX = "whsec_"
SIZES = range(24, 65)
"""Bytes of a secret; the specification asks for 24 to 64."""


def decode_secret(secret: str) -> bytes | None:
    """The key in a secret like ``whsec_…``; ``None`` if it is malformed."""
    if not secret.startswith(PREFIX):
        return None
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) in SIZES else None


def sign(key: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``; ``timestamp`` is in seconds since 1970."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
