"""Writes digests, reads completed ones back, moves the queue."""
