"""Numbers and plots of the archive and of the watch."""
