"""notebot: watches arXiv, drafts paper-note stubs into a queue, writes digests for a curator to complete."""

__version__ = "1.0.0"
