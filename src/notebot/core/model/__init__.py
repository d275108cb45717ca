"""The records and their identifiers, and the errors."""
