"""The query language, matching, and drafting a stub from a match."""
