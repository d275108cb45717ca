"""Talks to the outside world."""
