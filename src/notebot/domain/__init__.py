"""What notebot knows by itself: pure decisions and records. Standard library only; no clock, no I/O."""
