"""Use cases, and in ``ports`` what they need of the world outside."""
