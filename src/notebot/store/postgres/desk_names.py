"""How desks are named in the database, and which tables are not of a desk."""

from __future__ import annotations

from notebot.core.model.errors import StateError
from notebot.core.text.patterns import regex
from notebot.store.records import ON_WATCHED_DAY, TEXT_OF_WATCHED

HUB = "(hub)"
"""The desk '' in the database. Not '' there, because a setting that was local to a transaction is '' after it."""
OF_THE_HUB = frozenset({"announcements", "texts", "filings"})
"""Tables that every desk reads and only the hub writes."""
OF_THE_LAB = frozenset({"pace", "workers", "fan_outs", "lab_folder", "desks"})
"""Tables that nobody uses who works alone."""
TABLES_OF_ALL = OF_THE_HUB | OF_THE_LAB | {"breakers", "asked_papers", "written", "schema_version"}
"""Tables without a desk."""
READ_BY_ALL = frozenset({"discussed"})
"""Tables of which every desk reads all rows, and writes its own."""
OWN_ROWS = dict.fromkeys(("sources", *READ_BY_ALL), "desk = current_setting('notebot.desk')")
"""Where a desk sees other rows besides its own: SQL that is true for its own."""
ROWS_ALONE = {
    "announcements": ON_WATCHED_DAY,
    "texts": TEXT_OF_WATCHED,
    "workers": "false",
    "fan_outs": "false",
    "lab_folder": "false",
    "discussed": "desk = current_setting('notebot.desk')",
    # of two rows with one name, the desk's own
    "sources": "(desk = current_setting('notebot.desk') OR (name IN ('api', 'oai') OR name IN (SELECT category FROM"
    " ledger)) AND name NOT IN (SELECT name FROM sources WHERE desk = current_setting('notebot.desk')))",
}
"""Of a desk that leaves the lab: SQL that is true for what it needs of the tables that it reads."""
_NAME = regex(r"[a-z0-9][a-z0-9-]{0,62}")


def setting_of(desk: str) -> str:
    """The value of ``notebot.desk`` for a desk.

    Raises:
        StateError: a desk cannot have this name.
    """
    if desk and not _NAME.fullmatch(desk):
        raise StateError(f"{desk!r:.80} cannot be a desk: a name has lower-case letters, digits and hyphens.")
    return desk or HUB
