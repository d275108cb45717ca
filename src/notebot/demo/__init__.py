"""What `notebot demo` brings along: the sample arXiv, and an archive of invented notes."""
