"""Serves written websites under their own host names on loopback, and plays a script of events in simulated time.

It is an HTTP proxy for the demo, the tests and the drills. What a site answers is a function of the folder and of the
time it is given, and of nothing else. It speaks to no network, and knows no TLS: CONNECT is refused in plain words.
"""

from crawler.replica.server import LoggedRequest, Replica

__all__ = ["LoggedRequest", "Replica"]
