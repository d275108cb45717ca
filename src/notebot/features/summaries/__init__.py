"""Extracts, language model texts, and the check that they are faithful."""
