"""One sender per kind of target."""
