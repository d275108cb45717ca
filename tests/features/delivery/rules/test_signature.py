"""Signatures by Standard Webhooks."""

import base64

import pytest

from notebot.features.delivery.rules.signature import decode_secret, sign


def test_a_signature_is_that_of_the_specification() -> None:
    """The example of the reference libraries (standard-webhooks, libraries/python/tests and its siblings)."""
    key = decode_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key is not None
    body = b'{"test": 2432232314}'
    signed = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "secret", "whsec_****", "whsec_" + base64.b64encode(b"short").decode(), "whsec_" + "A" * 400],
)
def test_a_malformed_secret_is_none(secret: str) -> None:
    assert decode_secret(secret) is None
