"""Detects venues, finds later ones, reads lists of accepted papers."""
