"""Reads secrets of targets from the environment; no sentence repeats a value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from notebot.core.text.escaping import is_plain_url
from notebot.features.delivery.sender import DeliveryError

if TYPE_CHECKING:
    from notebot.features.delivery.rules.target import DeliveryTarget


def secret_value(target: DeliveryTarget, variable: str) -> str:
    """The value of an environment variable.

    Raises:
        DeliveryError: it is not set. The delivery waits, so that nothing is lost once it is.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        raise DeliveryError(f'Set the environment variable {variable}, which the target "{target.name}" needs')
    return value


def web_address(target: DeliveryTarget) -> str:
    """The URL of a webhook or a ping.

    Raises:
        DeliveryError: the environment variable is not set, or contains no address.
    """
    if target.url:
        return target.url
    url = secret_value(target, target.url_env)
    if not is_plain_url(url):
        raise DeliveryError(
            f'The environment variable {target.url_env} of the target "{target.name}" must contain a web address '
            "like https://…, without a user name; correct it"
        )
    return url
