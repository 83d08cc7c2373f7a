"""Which machines may be reached: the operator names hosts and networks; what every machine keeps for itself is never reached.

The setting is a list with commas: ``public`` (every public address), networks (``10.2.0.0/16``) and hosts (``db.example.cn``,
``*.example.cn``), which may lie in private networks. Loopback needs a network inside loopback to be named. Link-local addresses
and those where clouds give out credentials are never reached, whatever is named.
"""

import ipaddress
import socket
from dataclasses import dataclass

from liren.base.remote.stops import Stop

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
NEVER = tuple(
    ipaddress.ip_network(one)
    for one in (
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.0/24",
        "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128",
    )
)  # fmt: skip
"""Link-local, multicast, reserved, and the addresses at which clouds hand out credentials (RFC 3927, RFC 6890; Azure, Alibaba, Oracle, AWS)."""
_NAT64, _SIX_TO_FOUR, _TEREDO = (ipaddress.ip_network(one) for one in ("64:ff9b::/96", "2002::/16", "2001::/32"))


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached."""

    public: bool = False
    networks: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Reach":
        """Return what a setting allows; raise ``ValueError`` for a network with bits beyond its length."""
        networks: list[Network] = []
        hosts: list[str] = []
        words = [word.strip().lower() for word in text.split(",") if word.strip()]
        for word in words:
            if word == "public":
                continue
            if "/" in word or _literal(word) is not None:
                networks.append(ipaddress.ip_network(word))
            else:
                hosts.append(word.rstrip("."))
        return cls("public" in words, tuple(networks), tuple(hosts))

    def allows(self, address: Address, host: str) -> bool:
        """Say whether an address, reached under a host's name, may be connected to."""
        real = inner(address)
        if real is None or _in(real, NEVER):
            return False
        named = [one for one in self.networks if one.version == real.version and real in one]
        if _in(real, LOOPBACK):
            return any(_within(one, LOOPBACK) for one in named)
        return bool(named) or self._names(host) or (self.public and real.is_global)

    def _names(self, host: str) -> bool:
        plain = host.lower().rstrip(".")
        return any(plain.endswith(one[1:]) if one.startswith("*.") else plain == one for one in self.hosts)

    def address_of(self, host: str, port: int) -> str:
        """Return the address to connect to; raise ``Stop`` unless every address of the host may be reached."""
        if host.startswith("/") or not host:
            raise Stop("forbidden", host=host or "—")
        literal = _literal(host)
        if literal is not None:
            found = [literal]
        else:
            try:
                told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                raise Stop("unknown_host", host=host) from None
            found = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in told]
        if not found or not all(self.allows(one, host) for one in found):
            raise Stop("forbidden", host=host)
        return str(next((one for one in found if one.version == 4), found[0]))


def inner(address: Address) -> Address | None:
    """Return the IPv4 address that an IPv6 address carries, else the address; nothing for tunnels, whose end nobody knows."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None if address in _SIX_TO_FOUR or address in _TEREDO else address


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(one.version == address.version and address in one for one in networks)


def _within(network: Network, outer: tuple[Network, ...]) -> bool:
    return any(network.version == one.version and network.subnet_of(one) for one in outer)  # type: ignore[arg-type]
