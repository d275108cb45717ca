"""Renders plots as SVG."""
