"""Summaries and translations by a language model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from notebot import __version__
from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from notebot.app.resources import Resources
    from notebot.core.model.stub import Stub
    from notebot.features.summaries.summarise import Summaries, WriterStyle


def write_texts(
    resources: Resources, in_full: Callable[[], Sequence[Stub]] | None = None, *, by_hand: bool = False
) -> None:
    """Writes missing texts with the configured language model; reports failures.

    Args:
        in_full: returns the entries that the digest about to be written shows in full; kept stubs are always included.
            ``None``: no digest is about to be written, and as many requests are left as the day's digest may need.
        by_hand: a person wants the texts, and may probe a server that is left alone.
    """
    if resources.config.summary.backend != "llm":
        return
    try:
        reserved = _reserved_calls(resources) if in_full is None else 0
        report = _summaries(resources, by_hand, reserved).run(in_full() if in_full is not None else ())
    except UsageError as error:
        resources.say(str(error))
        return
    if report.error is not None:
        resources.say(f"{report.error}; summaries are written later.")


def _reserved_calls(resources: Resources) -> int:
    """The requests of today's budget that a keep or a collect leaves for the day's digest."""
    latest = resources.store.digests.latest()
    if latest is not None and latest[1].astimezone(resources.config.timezone).date() == resources.today():
        return 0
    return resources.config.digest.full


def _summaries(resources: Resources, by_hand: bool, reserved: int) -> Summaries:
    from notebot.core.net.client import Http
    from notebot.features.health.guarded_service import CircuitBreaker
    from notebot.features.summaries.adapters.llm import Llm
    from notebot.features.summaries.summarise import Summaries

    llm = resources.config.llm
    http = Http(f"notebot/{__version__}", llm.timeout_s, 0.0, resources.stop)
    key = os.environ.get(llm.api_key_env) or None
    writer = Llm(http, llm.base_url, key, llm.api_key_env, 30.0, resources.stop)
    gate = CircuitBreaker(resources.store, resources.clock, llm.base_url, "The language model server", by_hand=by_hand)
    return Summaries(
        resources.store,
        resources.store.written,
        writer,
        gate,
        writer_style(resources),
        resources.clock,
        reserved=reserved,
    )


def writer_style(resources: Resources) -> WriterStyle:
    """Returns the language model settings of the config."""
    from notebot.features.summaries.summarise import WriterStyle

    llm, config = resources.config.llm, resources.config
    return WriterStyle(
        llm.summary_model, llm.translation_model, config.summary.language, llm.daily_calls, config.timezone
    )


def model_usage(resources: Resources) -> dict[str, Any] | None:
    """Returns requests and tokens, or ``None`` if no language model is configured."""
    from notebot.features.summaries.summarise import usage_document

    if resources.config.summary.backend != "llm":
        return None
    return usage_document(resources.store.written, writer_style(resources), resources.today())
