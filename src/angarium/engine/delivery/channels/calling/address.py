"""Where a webhook may go. A name is looked up once, every address that it leads to is looked at, and the connection is
made to one of these: a name that leads elsewhere a moment later leads nobody into our network.

Refused are private, loopback, link-local, shared, reserved and multicast addresses, also as IPv6 ones that stand for
them, unless WEBHOOK_ALLOWED_NETWORKS names them. Plain http goes to the named networks alone.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from angarium.engine.delivery.channel import PermanentFailure, ProviderAway
from angarium.kernel.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[..., Sequence[tuple[Any, ...]]]
LONGEST_URL = 2000
_PORTS = {"https": 443, "http": 80}
#: NAT64 (RFC 6052): the last 32 bits are an IPv4 address.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: What `ipaddress` counts as global and is not for everybody: protocol assignments, 6to4, Teredo, NAT64 of one's own
#: (RFC 8215), segment routing, and the address under which Azure's machines find their host.
_OTHERS = [
    *map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")),
    *map(ipaddress.ip_network, ("2002::/16", "2001::/32", "64:ff9b:1::/48", "5f00::/16")),
]


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts. `path` has the query with it, `named` is how the Host header names it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Without its path, which may be a secret of the receiver's."""
        return f"{self.scheme}://{self.named}"


def target_of(url: str) -> Target:
    """Invalid, naming the field `url`, for what is no address of http or https that a webhook could have; nothing is
    looked up."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _refused(_("An address has %(most)s characters at most, of ASCII and without blanks.") % _MOST)
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _refused(_("This is no address. Write one such as https://example.org/hooks.")) from None
    if parts.scheme not in _PORTS or not host or port == 0:
        raise _refused(_("This is no address. Write one such as https://example.org/hooks."))
    if parts.username is not None or parts.password is not None or "#" in url:
        raise _refused(_("An address has no name, no password and no fragment."))
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], _path(parts.path, parts.query))


_MOST = {"most": LONGEST_URL}


def refuse_at_once(target: Target) -> None:
    """Invalid for what can be seen to be refused without looking a name up."""
    literal = _literal(target.host)
    local = literal is None and (target.host == "localhost" or target.host.endswith(".localhost"))
    if (local or (literal is not None and _forbidden(literal))) and not _named(literal):
        raise _refused(_("This address lies in a network that webhooks may not call."))
    if target.scheme == "http" and not settings.WEBHOOK_ALLOWED_NETWORKS:
        raise _refused(_("Webhooks go by https."))


def addresses(target: Target, resolve: Resolve = socket.getaddrinfo) -> list[str]:
    """The addresses to connect to, each of them looked at. ProviderAway for a name that nobody knows at present,
    PermanentFailure when any address is refused; it is not said which, since that is our network's affair."""
    try:
        found = resolve(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ProviderAway(f"The name {target.host} cannot be looked up: {error}") from error
    texts = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not texts:
        raise ProviderAway(f"The name {target.host} leads nowhere.")
    for address in map(_read, texts):
        if address is None or (_forbidden(address) and not _named(address)):
            raise PermanentFailure(f"{target.host} leads into a network that webhooks may not call.")
        if target.scheme == "http" and not _named(address):
            raise PermanentFailure(f"Webhooks go by https; {target.host} would be called without it.")
    return texts


def _forbidden(address: Address) -> bool:
    real = _real(address)
    special = real.is_multicast or real.is_reserved or getattr(real, "is_site_local", False)
    return not real.is_global or special or _in(real, _OTHERS)


def _named(address: Address | None) -> bool:
    """Does WEBHOOK_ALLOWED_NETWORKS name it? A name that was not looked up may lead into any network that it names."""
    networks: list[Network] = settings.WEBHOOK_ALLOWED_NETWORKS
    return bool(networks) if address is None else _in(_real(address), networks)


def _real(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        return address.ipv4_mapped or inside or address
    return address


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == one.version and address in one for one in networks)


def _literal(host: str) -> Address | None:
    """The address that the text is, also in the short and octal forms of IPv4 that resolvers take for one."""
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return _read(host)


def _read(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, field="url")
