"""Sends what notebot has to say to the curator: mail, webhooks, push messages and health pings."""
