"""The web page: what was found and in what state everything is, to be read in a browser, by programs and feed readers.

It only reads. There are no accounts: whoever reaches the port reads everything that it shows, so what belongs to
subscribers (addresses, messages) and the addresses of mirrors are not in it.
"""
