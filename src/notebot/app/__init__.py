"""Wiring: builds adapters from the config and hands them to the use cases.

``resources`` builds each adapter on first use. Each feature has a module with the functions that the
command line, the review page and the daemon call.
"""
