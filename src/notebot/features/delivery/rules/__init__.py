"""Pure decisions: who gets what, when it is tried again, and when it is given up."""
