"""What may be visited: pure rules on addresses, no I/O.

A capture is started by a pasted URL and then follows whatever the page asks for, so both the URL and every
address a name resolves to are hostile input. The rules, in the order they are applied:

1. `check_url`: http or https, no user:password@, a host a browser would accept, a port a browser would accept.
2. `check_answers`: the addresses a name resolves to; one refused address refuses the name.
3. `check_address`: public addresses only, after taking the IPv4 address out of the IPv6 forms that carry one.

How hosts are read and which addresses are public is in `capture.hosts`.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from capture.errors import (
    AddressRefusedError,
    BadUrlError,
    CredentialsInUrlError,
    RequestRefusedError,
    SchemeRefusedError,
)
from capture.hosts import IpAddress, is_public, literal_ip, shorten, split_authority, unwrap
from capture.models import Limits

DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443, "ws": 80, "wss": 443}
MAX_URL = 8192

# https://fetch.spec.whatwg.org/#port-blocking: a browser refuses these, so nothing honest is behind them.
BAD_PORTS = frozenset(
    (
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104),
        *(109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515),
        *(526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049),
        *(3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    )
)


REAL_PLATFORMS = (
    *("weibo.com", "weibo.cn", "zhihu.com", "xiaohongshu.com", "xhslink.com", "douyin.com", "iesdouyin.com"),
    *("bilibili.com", "b23.tv", "weixin.qq.com", "toutiao.com", "tieba.baidu.com", "baidu.com", "kuaishou.com"),
    *("chenzhongtech.com", "xueqiu.com", "qq.com", "sina.com.cn", "163.com", "sohu.com", "ifeng.com", "douban.com"),
)
"""Domains of real platforms; a resolver table may not stand in for them (CAPTURE.md §1)."""


@dataclass(frozen=True)
class RelayPolicy:
    """What the relay of one capture may reach, and how much of it.

    Attributes:
        allow_hosts: Non-global targets allowed by name, each "host:port" as in the URL.
        resolve: Host → (ip, port) that stands in for DNS; itself a permission; recorded as an override.
        extra_roots: PEM file names of trust roots beside the system store; recorded.
        limits: Caps on bytes, connections and seconds.
        client_uids: User ids whose processes may use the relay's port; empty: anybody on this machine.
        decrypt: False lets TLS pass unopened (corroborating pass): only addresses, times, sizes and
            ciphertext digests are recorded.
        witness: "host:port" of a witness relay the tunnels of the second visit go through; "" for none.
        witness_session: Names the visit to the witness, 32 hex digits.
        witness_token: Shown to the witness; a secret, so it is not in `to_json`.
        head_seconds: Longest wait for one complete head or TLS handshake.
        idle_seconds: Longest silence inside a body.
    """

    allow_hosts: frozenset[str] = frozenset()
    resolve: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    extra_roots: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    client_uids: frozenset[int] = frozenset()
    decrypt: bool = True
    witness: str = ""
    witness_session: str = ""
    witness_token: str = field(default="", repr=False)
    head_seconds: float = 30.0
    idle_seconds: float = 60.0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data, for the relay's process and for the record."""
        return {
            "allow_hosts": sorted(self.allow_hosts),
            "resolve": {host: list(target) for host, target in sorted(self.resolve.items())},
            "extra_roots": list(self.extra_roots),
            "limits": {name: getattr(self.limits, name) for name in self.limits.__dataclass_fields__},
            "client_uids": sorted(self.client_uids),
            "decrypt": self.decrypt,
            "witness": self.witness,
            "witness_session": self.witness_session,
            "head_seconds": self.head_seconds,
            "idle_seconds": self.idle_seconds,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, witness_token: str = "") -> "RelayPolicy":
        """Read back what `to_json` wrote; the token comes beside it."""
        return cls(
            allow_hosts=frozenset(data["allow_hosts"]),
            resolve={host: (str(ip), int(port)) for host, (ip, port) in data["resolve"].items()},
            extra_roots=tuple(data["extra_roots"]),
            limits=Limits(**data["limits"]),
            client_uids=frozenset(data["client_uids"]),
            decrypt=bool(data["decrypt"]),
            witness=str(data["witness"]),
            witness_session=str(data["witness_session"]),
            witness_token=witness_token,
            head_seconds=float(data["head_seconds"]),
            idle_seconds=float(data["idle_seconds"]),
        )


@dataclass(frozen=True)
class Target:
    """Where a URL points: the host as a browser would send it (A-labels, canonical IP text without brackets)."""

    scheme: str
    host: str
    port: int

    @property
    def key(self) -> str:
        """The "host:port" form used by allow-lists."""
        return f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """`scheme://host[:port]`, with the port left out when it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if DEFAULT_PORTS.get(self.scheme) == self.port else f":{self.port}")


def check_overrides(resolve: Mapping[str, tuple[str, int]]) -> None:
    """Refuse a resolver table that names a real platform: a capture of it could pass for the platform's own.

    Raises:
        RequestRefusedError: It does.
    """
    for host in resolve:
        name = host.lower().rstrip(".")
        real = next((domain for domain in REAL_PLATFORMS if name == domain or name.endswith(f".{domain}")), None)
        if real is not None:
            raise RequestRefusedError(
                f"{host}: 真实平台的域名不得另行指定地址 a real platform's name is never overridden"
            )


def check_url(url: str, policy: RelayPolicy) -> Target:
    """Check a URL before anything is sent.

    Args:
        url: What a person pasted or a page asked for.
        policy: The capture's policy.

    Returns:
        The target it names.

    Raises:
        BadUrlError: Not an absolute URL, an impossible host or a port no browser opens.
        SchemeRefusedError: Neither http nor https.
        CredentialsInUrlError: It carries user:password@.
        AddressRefusedError: The host is an IP address that may not be visited.
    """
    parts = _split(url)
    scheme = parts.scheme.lower()
    if not scheme:
        raise BadUrlError(shorten(url))
    if scheme not in ("http", "https"):
        raise SchemeRefusedError(f"{scheme}:")
    if "@" in parts.netloc:
        raise CredentialsInUrlError
    if not parts.netloc:
        raise BadUrlError(shorten(url))
    host, port = split_authority(parts.netloc, DEFAULT_PORTS[scheme])
    target = Target(scheme, host, port)
    check_target(target, policy)
    return target


def check_target(target: Target, policy: RelayPolicy) -> None:
    """Check the port, and the host when it is an address; other names are checked by what they resolve to.

    Raises:
        AddressRefusedError: The port or the address may not be visited.
    """
    if target.port in BAD_PORTS and target.key not in policy.allow_hosts:
        raise AddressRefusedError(f"{target.key} (port)")
    if target.host in policy.resolve or target.key in policy.allow_hosts:
        return
    ip = literal_ip(target.host)
    if ip is not None:
        check_address(ip, target.host, target.port, policy)
    elif target.host == "localhost" or target.host.endswith(".localhost"):  # RFC 6761 §6.3
        raise AddressRefusedError(target.key)


def check_answers(answers: Iterable[str], host: str, port: int, policy: RelayPolicy) -> tuple[IpAddress, ...]:
    """Check every address a name resolved to.

    Args:
        answers: Addresses as text, in the resolver's order.
        host: The name.
        port: The port asked for.
        policy: The capture's policy.

    Returns:
        The addresses to try, first first; empty when there was no answer.

    Raises:
        AddressRefusedError: One of them may not be visited: a name that mixes public and private addresses is
            a rebinding attempt or a broken zone, and neither is evidence.
    """
    found: list[IpAddress] = []
    for answer in answers:
        ip = check_address(ipaddress.ip_address(answer.partition("%")[0]), host, port, policy)
        if ip not in found:
            found.append(ip)
    return tuple(found)


def check_address(ip: IpAddress | str, host: str, port: int, policy: RelayPolicy) -> IpAddress:
    """Check one address a connection would go to.

    Args:
        ip: The address.
        host: The host it stands for, as in the URL.
        port: The port asked for.
        policy: The capture's policy; "host:port" in its allow-list permits any unicast address.

    Returns:
        The address itself.

    Raises:
        AddressRefusedError: It is not a public unicast address and the policy does not allow the host.
    """
    address = ipaddress.ip_address(ip)
    inner = unwrap(address)
    usable = not (inner.is_multicast or inner.is_unspecified)
    if usable and (f"{host}:{port}" in policy.allow_hosts or is_public(inner)):
        return address
    raise AddressRefusedError(f"{host}:{port} → {address}" if host != str(address) else f"{host}:{port}")


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL or any(character <= "\x20" or character == "\x7f" for character in url.strip()):
        raise BadUrlError(shorten(url))
    try:
        # Browsers read "\" as "/" in http URLs; urlsplit does not, and the two would see different hosts.
        return urlsplit(url.strip().replace("\\", "/"))
    except ValueError as error:
        raise BadUrlError(shorten(url)) from error
