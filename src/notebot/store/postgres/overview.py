"""Reads how all desks of a lab are, over one connection."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from notebot.core.model.desk_state import DeskState, FailingSource
from notebot.store.postgres.connection import PostgresConnection
from notebot.store.records import text_of, time_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

AT_ONCE = 100
"""Desks that are asked for in one round trip to the server."""
_STATE = """
SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'digested'),
  count(*) FILTER (WHERE status = 'kept'),
  (SELECT name FROM digests WHERE written_at IS NOT NULL ORDER BY written_at DESC LIMIT 1),
  (SELECT max(written_at) FROM digests),
  (SELECT started_at FROM runs WHERE kind = 'digest' ORDER BY id DESC LIMIT 1),
  (SELECT started_at FROM runs WHERE kind = 'digest' AND status = 'ok' ORDER BY id DESC LIMIT 1),
  (SELECT count(*) FROM deliveries WHERE state = 'left' AND changed_at >= ?),
  (SELECT count(*) FROM inbox),
  (SELECT json_agg(json_build_array(name, error_kind, error, last_success_at) ORDER BY name) FROM sources
   WHERE desk = current_setting('notebot.desk') AND error IS NOT NULL)
FROM stubs
"""


def read_desks(url: str, desks: Sequence[str], since: datetime) -> list[DeskState]:
    """The state of each desk, in the order given; one that has stored nothing yet has zeros.

    Row-level security shows each statement one desk, which is set before it in the same round trip.

    Args:
        since: messages that were given up before are not counted.

    Raises:
        StateError: the server cannot be used.
    """
    states = []
    with closing(PostgresConnection(url)) as connection:
        for start in range(0, len(desks), AT_ONCE):
            names = desks[start : start + AT_ONCE]
            rows = connection.read_as(names, _STATE, (text_of(since),))
            states += [_state(name, row) for name, row in zip(names, rows, strict=True)]
    return states


def _state(name: str, row: tuple[Any, ...]) -> DeskState:
    queued, digested, kept, digest, written_at, tried_at, done_at, undelivered, failures, failing = row
    return DeskState(
        name=name,
        queued=queued,
        digested=digested,
        kept=kept,
        last_digest=digest,
        last_digest_at=time_of(written_at),
        digest_tried_at=time_of(tried_at),
        digest_done_at=time_of(done_at),
        undelivered=undelivered,
        inbox_failures=failures,
        failing=tuple(
            FailingSource(source, kind or "", message, time_of(success_at))
            for source, kind, message, success_at in failing or ()
        ),
    )
