"""Says which network addresses a crawl may speak to: public ones only."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit


class AddressRefused(Exception):
    """The crawl may not speak to this address; the message says why."""


def check_url(url: str, *, allowed: Collection[str] = ()) -> None:
    """Raises AddressRefused for anything but http and https, for credentials, and for a host that is not public."""
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").rstrip(".").lower(), parts.port
    except ValueError as error:
        raise AddressRefused(f"not an address: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise AddressRefused(f"scheme {parts.scheme or 'none'} is not fetched")
    if not host:
        raise AddressRefused("no host")
    if parts.username is not None:
        raise AddressRefused("addresses with credentials are not fetched")
    if host in allowed:
        return
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise AddressRefused(f"{host} is a private host")
    literal = _literal(host)
    if literal is not None:
        check_ip(literal, allowed=allowed)


def check_ip(address: str, *, allowed: Collection[str] = ()) -> None:
    """Raises AddressRefused where a resolved address is not public."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if (not ip.is_global or ip.is_multicast) and address not in allowed:
        raise AddressRefused(f"{address} is not a public address")


def _literal(host: str) -> str | None:
    """The address that a host name spells: dotted, bracketed, or the decimal and hex forms that resolvers take."""
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        pass
    parts = host.split(".")
    if len(parts) > 4 or not all(parts):
        return None
    try:
        numbers = [
            int(part, 16 if part[:2] == "0x" else 8 if part[0] == "0" and len(part) > 1 else 10) for part in parts
        ]
    except ValueError:
        return None
    *heads, last = numbers
    value = last
    for index, head in enumerate(heads):
        value += head << (8 * (3 - index))
    return str(IPv4Address(value & 0xFFFFFFFF)) if value >= 0 else None
