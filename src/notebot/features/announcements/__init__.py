"""Poll, filing, catch-up, backfill, ledger and why."""
