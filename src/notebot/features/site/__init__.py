"""A static site of the archive that works alone: from a folder, or from any host, also below a path."""
