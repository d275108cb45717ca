"""Prints how well venues are read from the labelled comments in ``../shared``, where that folder is there."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from notebot.features.venues.adapters.venue_table_file import load_venues
from notebot.features.venues.rules.detection import DetectedVenue, VenueTable, detect_venue, make_label

LABELLED = Path(__file__).resolve().parents[2] / "shared" / "data" / "venue" / "gold.jsonl"
Row = dict[str, Any]


def rows(path: Path = LABELLED) -> list[Row]:
    """The labelled comments in the order of the file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def found_in(labelled: list[Row], table: VenueTable) -> list[DetectedVenue | None]:
    """What is read from each; the year of the id stands for the year of version 1."""
    return [detect_venue(row["comment"], row["journal_ref"], table, 2000 + int(row["id"][:2])) for row in labelled]


def is_right(row: Row, found: DetectedVenue) -> bool:
    """Name and year as labelled, or as another reading that the label accepts."""
    right = [make_label(row["name"], row["year"], None), *row["accept"]] if row["name"] else row["accept"]
    bare = make_label(found.name, found.year, None)
    return bare in right or found.label in right or any(other.startswith(bare + " ") for other in row["accept"])


def has_right_track(row: Row, found: DetectedVenue) -> bool:
    """Track as labelled, or the whole as another reading that the label accepts."""
    return found.track == row["track"] or found.label in row["accept"]


def score(labelled: list[Row], read: list[DetectedVenue | None]) -> dict[str, float]:
    """Shares between 0 and 1 of the rows that are not doubtful; ``false`` counts venues where there is none."""
    pairs = [(row, venue) for row, venue in zip(labelled, read, strict=True) if not row["doubtful"]]
    right = [(row, venue) for row, venue in pairs if venue and row["name"] and is_right(row, venue)]
    return {
        "rows": len(pairs),
        "precision": len(right) / max(sum(venue is not None for _, venue in pairs), 1),
        "recall": len(right) / max(sum(row["name"] is not None for row, _ in pairs), 1),
        "track": sum(has_right_track(row, venue) for row, venue in right) / max(len(right), 1),
        "false": sum(venue is not None and row["name"] is None for row, venue in pairs),
    }


def main() -> None:
    """Scores, doubtful rows apart, every miss, and the time of one comment."""
    if not LABELLED.exists():
        sys.exit(f"{LABELLED} is not there; nothing is measured.")
    labelled = rows()
    parts = {"all": slice(None), "even rows": slice(0, None, 2), "odd rows": slice(1, None, 2)}
    chosen = sys.argv[1:] or list(parts)
    for part in chosen:
        report(part, labelled[parts[part]])


def report(part: str, labelled: list[Row]) -> None:
    """One part of the rows: the scores on one line, then the misses."""
    table = load_venues()
    started = time.perf_counter()
    read = found_in(labelled, table)
    spent_ms = (time.perf_counter() - started) * 1_000 / len(labelled)
    print(
        part, {name: round(value, 3) for name, value in score(labelled, read).items()}, f"{spent_ms:.3f} ms a comment"
    )
    for row, venue in zip(labelled, read, strict=True):
        right = (venue is None and row["name"] is None) or (
            venue is not None and row["name"] is not None and is_right(row, venue) and has_right_track(row, venue)
        )
        if not right:
            mark = "doubtful" if row["doubtful"] else "miss"
            print(f"  {mark}: {row['comment'][:150]!r} is {row['venue']}, read as {venue and venue.label}")


if __name__ == "__main__":
    main()
