"""What can be wrong in ``[summary]`` and ``[llm]``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from notebot.config.sections import LlmSection, SummarySection

BACKENDS = ("none", "extractive", "llm")
_VARIABLE = regex(r"[A-Za-z_][A-Za-z0-9_]*")


def llm_problems(llm: LlmSection, summary: SummarySection) -> list[str]:
    """One line for each mistake, with its key."""
    found = []
    if summary.backend not in BACKENDS:
        found.append(f'summary.backend takes "none", "extractive" or "llm", not {summary.backend!r}.')
    if summary.backend == "llm" and not is_plain_url(llm.base_url):
        found.append(f"llm.base_url must be a web address like https://…/v1, not {llm.base_url!r}.")
    if summary.backend == "llm" and not llm.summary_model:
        found.append('llm.summary_model must name a model for summary.backend = "llm".')
    if not _VARIABLE.fullmatch(llm.api_key_env):
        found.append(f"llm.api_key_env must be the name of an environment variable, not {llm.api_key_env!r}.")
    if llm.daily_calls < 0:
        found.append("llm.daily_calls must be 0 or more.")
    if not math.isfinite(llm.timeout_s) or llm.timeout_s <= 0:
        found.append(f"llm.timeout_s must be a number of seconds, not {llm.timeout_s}.")
    return found
