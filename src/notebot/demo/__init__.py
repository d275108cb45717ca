"""The demo on the bundled sample arXiv."""
