"""HTTP clients, the guard for links from outside, rate limit for arXiv, files and locks."""
