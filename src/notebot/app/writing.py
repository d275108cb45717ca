"""What digests and language models write."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from notebot import __version__
from notebot.app.resources import Resources
from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from notebot.features.digests.write_digest import DigestWriter
    from notebot.features.summaries.summarise import Summaries, WriterStyle


class Writing(Resources):
    """Digests, summaries and translations."""

    def digest_writer(self) -> DigestWriter:
        from notebot.core.net.files import DigestFolder
        from notebot.features.digests.write_digest import DigestStyle, DigestWriter

        style = DigestStyle(
            self.config.timezone,
            tuple(topic.name for topic in self.config.topics),
            self.config.categories,
            self.config.digest.full,
        )
        files = DigestFolder(self.config.digest_dir)
        return DigestWriter(self.store, files, self.renderer, style, self.clock, partial(self.lock, "digest"))

    def write_texts(self, *, in_full: bool, by_hand: bool) -> None:
        """Has the language model write what is missing, where one is configured; a failure stops nothing.

        Args:
            in_full: the summaries of the entries that the next digest shows in full, besides kept stubs.
        """
        if self.config.summary.backend != "llm":
            return
        try:
            report = self._summaries(by_hand).run(self.digest_writer().in_full() if in_full else ())
        except UsageError as error:
            self.say(str(error))
            return
        if report.error is not None:
            self.say(f"{report.error}; summaries are written later.")

    def _summaries(self, by_hand: bool) -> Summaries:
        from notebot.core.net.client import Http
        from notebot.features.health.guarded_service import Gate
        from notebot.features.summaries.adapters.llm import Llm
        from notebot.features.summaries.summarise import GatedWriter, Summaries

        llm = self.config.llm
        http = Http(f"notebot/{__version__}", llm.timeout_s, 0.0, self.stop)
        key = os.environ.get(llm.api_key_env) or None
        writer = Llm(http, llm.base_url, key, llm.api_key_env, 30.0, self.stop)
        gate = Gate(self.store, self.clock, llm.base_url, "The language model server", by_hand=by_hand)
        return Summaries(self.store, self.store.written, GatedWriter(writer, gate), self.writer_style, self.clock)

    @property
    def writer_style(self) -> WriterStyle:
        """What the config says of language models."""
        from notebot.features.summaries.summarise import WriterStyle

        llm, config = self.config.llm, self.config
        return WriterStyle(
            llm.summary_model, llm.translation_model, config.summary.language, llm.daily_calls, config.timezone
        )

    def model_usage(self) -> dict[str, Any] | None:
        """Requests and tokens, where a language model is configured."""
        from notebot.features.summaries.summarise import usage_document

        if self.config.summary.backend != "llm":
            return None
        return usage_document(self.store.written, self.writer_style, self.today())
