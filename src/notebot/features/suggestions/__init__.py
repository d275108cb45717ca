"""Tags, related notes and ranking, learned from the archive."""
