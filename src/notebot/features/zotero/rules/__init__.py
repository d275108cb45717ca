"""Pure decisions: a paper as an item, and what of an item may change."""
