"""Records that several features use, their identifiers, and the exceptions."""
