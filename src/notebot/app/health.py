"""Looks into notebot: why, what is wrong, what a config would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.app.resources import DATABASE, Resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from notebot.features.announcements.why import Why
    from notebot.features.health.doctor import Finding
    from notebot.features.topics.check import TopicCheck

PROBED_ID = "1706.03762"
"""Any paper that arXiv is sure to have."""


class Health(Resources):
    """What looks, and changes nothing but a backup."""

    def why(self, arxiv_id: str) -> Why:
        """What is known of one paper."""
        from notebot.features.announcements.why import why

        return why(self.store, self.config.topics, arxiv_id)

    def doctor(self, *, probe: bool) -> list[Finding]:
        """Looks for what is wrong; backs the database up where it is whole.

        Args:
            probe: send one request to each of arXiv's services.
        """
        from notebot.core.net.files import check_folder
        from notebot.features.health.doctor import examine
        from notebot.store.sqlite.health import back_up, check_database

        config, database = self.config, self.config.state_dir / DATABASE
        checks = [
            ("state_dir", lambda: check_folder(config.state_dir)),
            ("digest_dir", lambda: check_folder(config.digest_dir)),
            ("database", lambda: check_database(database)),
        ]
        found = examine(checks)
        if all(finding.ok for finding in found):
            found += examine([("backup", lambda: back_up(database, self.clock()))])
        return found + (examine(self._probes()) if probe else [])

    def _probes(self) -> list[tuple[str, Callable[[], str]]]:
        """One request to each service, whatever its breaker says: a person asks how it is."""
        from notebot.core.model.source_record import Validators
        from notebot.features.announcements.adapters.arxiv_api import ArxivApi
        from notebot.features.announcements.adapters.arxiv_feed import ArxivFeed
        from notebot.features.announcements.adapters.arxiv_oai import ArxivOai

        urls, http, pace = self.config.arxiv, self.probing_http, self.pace

        def feed() -> str:
            category = self.config.categories[0]
            batch = ArxivFeed(http, urls.feed_url, pace).retrieve(category, Validators()).batch
            held = f"{len(batch.entries)} entries of {batch.batch_date}" if batch else "no news"
            return f"The feed of {category} answers with {held}."

        def api() -> str:
            found = len(ArxivApi(http, urls.api_url, pace).papers([PROBED_ID]))
            return f"The API answers; it knows {found} of 1 papers asked for."

        def oai() -> str:
            ArxivOai(http, urls.oai_url, pace).identify()
            return "OAI-PMH answers."

        return [("feed", feed), ("api", api), ("oai", oai)]

    def check(self, *, archive: bool = False) -> list[TopicCheck]:
        """Topics against stored entries; templates parsed.

        Args:
            archive: topics against the notes of the archive too.

        Raises:
            UsageError: a template does not parse.
        """
        from notebot.features.topics.check import check_topics

        self.renderer.check()
        return check_topics(self.config.topics, self.existing_store, self.clock(), archive=archive)
