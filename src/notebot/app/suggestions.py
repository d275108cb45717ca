"""Keeps what is learned from notes and decisions up to date."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from notebot.core.model.errors import NotebotError
from notebot.core.supervisor import supervised

if TYPE_CHECKING:
    from notebot.app.resources import Resources
    from notebot.core.model.stub import Stub

logger = logging.getLogger(__name__)


def refresh_interest(resources: Resources) -> None:
    """Learns from the archive and the decisions again if they changed, and ranks the queue by what was learned.

    Called after an import and after a digest was read back, and before a poll and a digest, for decisions that were
    made one by one. A failure is logged and stops nothing, because only the order of a digest depends on it.
    """
    store = resources.existing_store
    if store is None or not (store.notes.count() or store.decisions.newest_id()):
        return
    # imported here because a short command without an archive learns nothing, and waits for each import
    from notebot.features.suggestions.interest import OFF, fingerprint_of, refresh_interest

    def like_kept(stub: Stub) -> str | None:
        return resources.suggester.like_kept(stub) if resources.suggester is not None else None

    resources.forget_learned()  # a daemon may have a model from before the decisions
    try:
        with supervised("Learning from the decisions"):
            fingerprint = fingerprint_of(store, sys.byteorder) if resources.config.digest.learn else OFF
            if refresh_interest(store, fingerprint, like_kept, resources.clock):
                resources.forget_learned()
                logger.info("learned from decisions")
    except NotebotError as error:
        logger.warning("The order of the queue stays as it was: %s", error)
