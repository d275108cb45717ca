"""Sends kept papers to a Zotero library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from notebot.app.resources import Resources
    from notebot.features.zotero.send_kept import ZoteroReport


def send(resources: Resources, *, dry_run: bool = False) -> ZoteroReport:
    """Sends new kept papers and updates changed ones.

    Args:
        dry_run: send nothing, and need no key.

    Raises:
        UsageError: no library is configured, or there is no key.
    """
    from notebot.features.zotero.adapters.zotero_api import ZoteroApi
    from notebot.features.zotero.send_kept import ZoteroSender

    config = resources.config.zotero
    if not config.library:
        raise UsageError('Sending to Zotero needs a library; set library = "users/NUMBER" in [zotero] of the config.')
    # a dry run makes no request, so its key is never sent
    api_key = "none" if dry_run else os.environ.get(config.api_key_env)
    library = ZoteroApi(resources.http, config.url, config.library, api_key, config.api_key_env, resources.stop)
    with resources.lock("zotero"):
        return ZoteroSender(
            store=resources.store,
            items=resources.store.zotero,
            library=library,
            collection=config.collection,
            style=resources.config.note,
            clock=resources.clock,
            dry_run=dry_run,
        ).run()


def status(resources: Resources) -> dict[str, Any] | None:
    """For the status document: how many papers were sent, and which Zotero refuses; ``None`` without a library."""
    library = resources.config.zotero.library
    if not library:
        return None
    from notebot.features.zotero.rules.sent_item import SentState

    items = resources.store.zotero.of_library(library).values()
    refused = [item for item in items if item.state is SentState.PLANNED and item.why]
    return {
        "library": library,
        "sent": sum(item.state is SentState.DONE for item in items),
        "troubles": [{"arxiv_id": item.key.removeprefix("arxiv:"), "why": item.why} for item in refused],
    }


def may_write(resources: Resources) -> bool:
    """True if a library and a key for it are configured."""
    config = resources.config.zotero
    return bool(config.library and os.environ.get(config.api_key_env))
