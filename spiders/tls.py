"""How TLS connections are made: with certificates checked, and in the old ways that the catalogue names for a site.

A profile belongs to the hosts of one site, is logged when it is used, and gives up no more than its name says. Old ways
for all hosts would make some servers hang, and would let anybody in between choose them.
"""

from __future__ import annotations

import logging
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from OpenSSL import SSL
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from twisted.internet._sslverify import ClientTLSOptions
from twisted.internet.ssl import CertificateOptions, TLSVersion, platformTrust
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from crawler.catalog import TlsProfile

logger = logging.getLogger("huixun.tls")
# OpenSSL's levels: 1 lets keys of 80 bits in (Diffie-Hellman of 1,024 bits), 0 SHA-1 signatures and TLS before 1.2.
_CIPHERS: dict[TlsProfile | None, bytes] = {"old-dh": b"DEFAULT:@SECLEVEL=1", "old-tls": b"DEFAULT:@SECLEVEL=0"}


class Handler(HTTP11DownloadHandler):
    """Scrapy's own, with the policy below: the setting for one is deprecated in Scrapy 2.19 and has no heir yet."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contextFactory = HostPolicy(crawler)


@implementer(IPolicyForHTTPS)
class HostPolicy:
    """Asks the catalogue which profile the host of a connection needs."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._told: set[str] = set()

    def creatorForNetloc(self, hostname: bytes, port: int) -> ClientTLSOptions:
        """As Twisted asks, for each connection."""
        host = hostname.decode("ascii")
        site = self._crawler.spider.run.catalog.owner_of_host(host)  # type: ignore[union-attr]  # it is open
        profile = site.tls if site else None
        if profile and host not in self._told:
            self._told.add(host)
            logger.info("tls profile=%s host=%s site=%s", profile, host, site.id if site else "")
        options = _Unchecked if profile == "unchecked" else ClientTLSOptions
        return options(lambda _: SSL.Connection(context(profile), None), host)


class _Unchecked(ClientTLSOptions):
    """Whatever certificate the host shows is taken."""

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        connection = super().clientConnectionForTLS(tlsProtocol)
        connection.set_verify(SSL.VERIFY_NONE, lambda *_: True)
        return connection


@cache
def context(profile: TlsProfile | None) -> SSL.Context:
    """The settings of a profile; made once, since reading the certificates of all authorities takes its time."""
    oldest = {"insecurelyLowerMinimumTo": TLSVersion.TLSv1_0} if profile == "old-tls" else {}
    made = CertificateOptions(trustRoot=platformTrust(), fixBrokenPeers=True, **oldest).getContext()
    made.set_cipher_list(_CIPHERS.get(profile, b"DEFAULT"))
    if profile == "legacy":
        made.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
    if profile == "p256":
        made.set_tmp_ecdh(SECP256R1())
    return made
