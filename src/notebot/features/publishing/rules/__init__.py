"""Pure decisions about issues; no I/O."""
