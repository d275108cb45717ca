"""Turns kept stubs into GitHub issues, and completes link-only issues."""
