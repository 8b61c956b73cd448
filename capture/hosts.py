"""Reading hosts and addresses the way a browser and the kernel do: pure, no I/O.

A host that one reader takes for a name and the next for an address is how private machines are reached, so there is
one reading: `normalise_host`. What it returns is what is compared, resolved, connected to and recorded.
"""

import ipaddress
import re

import idna

from capture.errors import BadUrlError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# IANA special-purpose registries: never the home of a public page, whatever this Python version says.
# (`is_global` alone calls multicast global and changed between Python 3.11.2 and 3.11.9.)
_SPECIAL_V4 = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
)
_SPECIAL_V6 = (
    *("::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32"),
    *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
)
_SPECIAL = tuple(ipaddress.ip_network(block) for block in (*_SPECIAL_V4, *_SPECIAL_V6))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291 §2.5.5.1, deprecated but still parsed
_V4_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")  # RFC 2765

# https://url.spec.whatwg.org/#forbidden-domain-code-point, plus every control and space.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#/:<>?@\[\\\]^`{|}%\"'*!$&()+,;=~]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_MAX_HOST = 253
_MAX_OCTET = 255
_MAX_PORT = 65535
_IPV4_PARTS = 4
_HEX = 16


def is_public(ip: IpAddress) -> bool:
    """Tell whether an already unwrapped address is a public unicast one."""
    return ip.is_global and not any(ip in block for block in _SPECIAL if block.version == ip.version)


def unwrap(ip: IpAddress) -> IpAddress:
    """Return the IPv4 address carried by an IPv6 one (mapped, compatible, translated, 6to4, NAT64), else `ip`."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    carried = ip in _NAT64 or ip in _V4_TRANSLATED or (ip in _V4_COMPATIBLE and int(ip) > 1)
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if carried else ip


def split_authority(authority: str, default_port: int) -> tuple[str, int]:
    """Split "host[:port]" as it stands in a URL, a CONNECT line or a Host header.

    Raises:
        BadUrlError: An impossible host or port.
    """
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?", authority, re.ASCII)
    if match is None:
        raise BadUrlError(shorten(authority))
    port = int(match[2]) if match[2] else default_port
    if port > _MAX_PORT:
        raise BadUrlError(shorten(authority))
    return normalise_host(match[1]), port


def normalise_host(host: str) -> str:
    """Return a host as a browser would send it.

    Names become lower-case A-labels (UTS 46, non-transitional); numbers in any of the forms of the URL standard
    (decimal, octal, hexadecimal, fewer than four parts) become dotted IPv4; IPv6 is compressed and loses its brackets.

    Raises:
        BadUrlError: No browser would accept it.
    """
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1])) if "%" not in host else _bad(host)
        except ValueError:
            return _bad(host)
    name = _to_ascii(host)
    if not name or len(name) > _MAX_HOST or _FORBIDDEN.search(name):
        return _bad(host)
    labels = name.removesuffix(".").split(".")
    if _is_number(labels[-1]):
        return str(_parse_ipv4(labels, host))
    if not all(_LABEL.fullmatch(label) for label in labels):
        return _bad(host)
    return ".".join(labels)


def literal_ip(host: str) -> IpAddress | None:
    """Return the address when a normalised host is an IP literal, else None."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _to_ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        # UTS 46 also turns full-width digits and the ideographic full stop into ASCII: "１２７。1" is an address.
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
        return mapped.lower() if mapped.isascii() else idna.encode(mapped).decode("ascii")
    except UnicodeError:  # IDNAError is one
        return _bad(host)


def _is_number(label: str) -> bool:
    return label.isdigit() or re.fullmatch(r"0x[0-9a-f]*", label) is not None


def _parse_ipv4(labels: list[str], host: str) -> ipaddress.IPv4Address:
    # https://url.spec.whatwg.org/#concept-ipv4-parser
    if len(labels) > _IPV4_PARTS:
        _bad(host)
    numbers: list[int] = []
    for label in labels:
        base = _HEX if label.startswith("0x") else 8 if len(label) > 1 and label.startswith("0") else 10
        digits = label[2:] if base == _HEX else label
        try:
            numbers.append(int(digits, base) if digits else 0)
        except ValueError:
            _bad(host)
    last = numbers.pop()
    if any(number > _MAX_OCTET for number in numbers) or last >= 256 ** (_IPV4_PARTS - len(numbers)):
        _bad(host)
    head = sum(number << (8 * (3 - index)) for index, number in enumerate(numbers))
    return ipaddress.IPv4Address(head + last)


def _bad(text: str) -> str:
    raise BadUrlError(shorten(text))


def shorten(text: str) -> str:
    """Return a hostile text fit for a message: printable and at most 200 characters."""
    limit = 200
    clean = "".join(character if character.isprintable() else "�" for character in text)
    return clean if len(clean) <= limit else clean[:limit] + "…"
