"""A raw-socket web of odd HTTP: a server whose every byte is known, the table of what it sends, a logging proxy.

`cases.table` gives the rows, `server.WireServer` plays and logs them, `site.build_site` makes a news section of them.
Nothing here uses an HTTP library or knows the capture: what a client kept is compared with the log, exchange by exchange.
"""
