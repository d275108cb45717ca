"""The schedule grammar, and what is due."""
