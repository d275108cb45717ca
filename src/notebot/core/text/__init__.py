"""Words, TeX accents, escaping and search tokens. Nothing here knows about papers."""
