"""Turns references, posts, web pages, inbox lines and watched sources into stubs."""
