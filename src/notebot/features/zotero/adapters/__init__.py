"""The client of the Zotero web API."""
