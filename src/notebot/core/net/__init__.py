"""The HTTP client, the link guard, arXiv's pace, files and locks."""
