"""The archive's own format: title line, issue body, tag order, phrases."""
