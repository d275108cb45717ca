"""The outside world, one library or service each; a room here knows only the domain and the ports."""
