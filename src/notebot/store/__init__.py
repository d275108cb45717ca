"""The database: the tables' queries, which all engines run, and a folder per engine for what differs."""
