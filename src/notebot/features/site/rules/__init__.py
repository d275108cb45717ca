"""Decisions about the site: which pages there are, what they contain, and the index of its search."""
