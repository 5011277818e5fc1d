"""Addresses: a secret permutation that keeps prefixes, so that an address stays in its CIDR and outside the others."""

import hmac
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# How many leading bits stay as they are, by the first octet: what makes an address private, link-local or shared,
# and of any other its first octet. IPv6 keeps 16: global, unique local or link-local.
_KEPT = {0: 32, 100: 10, 127: 32, 169: 16, 172: 12, 192: 16, 255: 32}
_KEPT_V4, _KEPT_V6 = 8, 16


def disguised(text: str, key: bytes) -> str | None:
    """Return the stand-in of an address or CIDR, None for a text that is neither."""
    address, slash, length = text.partition("/")
    try:
        found = ip_address(address)
        replaced = _permuted(found, key)
        if not slash:
            return str(replaced)
        bits = ip_network(f"{address}/{length}", strict=False).prefixlen
    except ValueError:
        return None
    # A network's address keeps its zeros; that of a host in it (10.0.0.7/24) does not.
    is_network = int(found) == int(_network(found, bits).network_address)
    return f"{_network(replaced, bits).network_address if is_network else replaced}/{length}"


def _network(address: IPv4Address | IPv6Address, bits: int) -> IPv4Network | IPv6Network:
    return ip_network((address, bits), strict=False)


def _permuted(address: IPv4Address | IPv6Address, key: bytes) -> IPv4Address | IPv6Address:
    value, width = int(address), address.max_prefixlen
    if isinstance(address, IPv6Address) and value >> 112 == 0:
        # `::`, `::1` and their neighbours are nobody's; of `::ffff:10.0.0.1` the IPv4 address is.
        inner = address.ipv4_mapped
        return IPv6Address(0xFFFF << 32 | int(_permuted(inner, key))) if inner else address
    kept = _KEPT_V6 if address.version == 6 else _KEPT.get(value >> 24, _KEPT_V4)
    for place in range(kept, width):
        # Whether a bit is turned depends on all that stand before it, and on nothing else.
        prefix = int(address) >> (width - place)
        seed = f"{address.version}/{place}/{prefix}".encode()
        value ^= (hmac.digest(key, seed, "sha256")[0] & 1) << (width - place - 1)
    return type(address)(value)
