"""`notebot fill`: completes an issue that the curator opened with nothing but links, in place.

fill_issues (which issues, which wait; ──> has a note? ──> write_issue: one comment `既出: #N`
             posts only: follow_posts)└─ papers (one request for all) ──> write_issue: title, body and labels,
                                                                          then the source post as a comment

The issue is read again immediately before it is written: if somebody changed it meanwhile, nothing is written. As in
`notebot publish`, the outbox records before each request that it may have been sent, so that nothing is written twice.
"""
