"""`notebot publish`: turns kept stubs into issues and applies accepted offers, each exactly once.

publish_kept (what is to be done, when to stop) ──> publish_stub (one issue and its comments) ──┐
   │                                                apply_offers (one change of a note) ────────┤
   └─ write_scripts (no token, or --dry-run: what would be sent)                                │
                                       GitHub, outbox, store <── session, labels <──────────────┘

The outbox records before each request that it may have been sent, and after it that it is done. A request that may
have been sent is looked up among the newest issues, or the issue's comments, before it is sent again.
"""
