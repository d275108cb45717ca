"""Import, search, audit, tag pages and exports of the notes."""
