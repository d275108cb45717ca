"""Words, TeX, escaping and search tokens; knows nothing about papers."""
