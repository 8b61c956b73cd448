"""What may be visited: attack tables and properties."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capture.errors import (
    AddressRefusedError,
    BadUrlError,
    CaptureError,
    CredentialsInUrlError,
    RequestRefusedError,
    SchemeRefusedError,
)
from capture.guard import RelayPolicy, Target, check_address, check_answers, check_target, check_url
from capture.hosts import is_public, literal_ip, normalise_host, split_authority, unwrap

POLICY = RelayPolicy()

PRIVATE_URLS = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://0x/",
    "http://127.0.0.1./",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://①②⑦.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::1]/",
    "http://[fc00::1]/",
    "http://[fd12::1]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[100::1]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://192.0.0.1/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://203.0.113.9/",
    "http://224.0.0.1/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://localhost/",
    "http://LOCALHOST:8080/",
    "http://localhost./",
    "http://x.localhost/",
    "http://8.8.8.8:22/",
    "http://example.com:25/",
    "http://127.0.0.1:6379/",
]


@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_private_targets_are_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_url(url, POLICY)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("", BadUrlError),
        ("weibo.com/123", BadUrlError),
        ("//weibo.com/123", BadUrlError),
        ("http://", BadUrlError),
        ("http:///path", BadUrlError),
        ("http://a b/", BadUrlError),
        ("http://a\tb/", BadUrlError),
        ("http://a\nb/", BadUrlError),
        ("http://a..b/", BadUrlError),
        ("http://-a.com/", BadUrlError),
        ("http://a.com:70000/", BadUrlError),
        ("http://a.com:x/", BadUrlError),
        ("http://a.com:-1/", BadUrlError),
        ("http://%31%32%37.0.0.1/", BadUrlError),
        ("http://[::1%25eth0]/", BadUrlError),
        ("http://[::1%eth0]/", BadUrlError),
        ("http://[::1/", BadUrlError),
        ("http://[v1.x]/", BadUrlError),
        ("http://1.2.3.4.5/", BadUrlError),
        ("http://1.2.3.256/", BadUrlError),
        ("http://256.0.0.1/", BadUrlError),
        ("http://4294967296/", BadUrlError),
        ("http://08.0.0.1/", BadUrlError),
        ("http://a.1/", BadUrlError),
        ("http://a.0x1/", BadUrlError),
        ("http://" + "a" * 64 + ".com/", BadUrlError),
        ("http://" + "a." * 130 + "com/", BadUrlError),
        ("http://a.com/" + "x" * 9000, BadUrlError),
        ("http://xn--\u202e.com/", BadUrlError),
        ("ftp://a.com/", SchemeRefusedError),
        ("file:///etc/passwd", SchemeRefusedError),
        ("javascript:alert(1)", SchemeRefusedError),
        ("data:text/html,x", SchemeRefusedError),
        ("view-source:http://a.com/", SchemeRefusedError),
        ("chrome://settings", SchemeRefusedError),
        ("about:blank", SchemeRefusedError),
        ("blob:http://a.com/1", SchemeRefusedError),
        ("ws://a.com/", SchemeRefusedError),
        ("gopher://127.0.0.1:6379/_FLUSHALL", SchemeRefusedError),
        ("http://user:secret@a.com/", CredentialsInUrlError),
        ("http://a.com@127.0.0.1/", CredentialsInUrlError),
        ("http://:@a.com/", CredentialsInUrlError),
    ],
)
def test_what_is_no_visitable_url_is_refused_by_its_own_error(url: str, error: type[CaptureError]) -> None:
    with pytest.raises(error):
        check_url(url, POLICY)


def test_a_backslash_ends_the_host_as_in_a_browser() -> None:
    assert check_url("http://a.com\\@127.0.0.1/", POLICY) == Target("http", "a.com", 80)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://weibo.com/1/Ab?x=1#y", Target("https", "weibo.com", 443)),
        ("HTTPS://Weibo.COM./", Target("https", "weibo.com", 443)),
        ("http://例子.测试/", Target("http", "xn--fsqu00a.xn--0zwm56d", 80)),
        ("http://例子。测试/", Target("http", "xn--fsqu00a.xn--0zwm56d", 80)),
        ("http://faß.de/", Target("http", "xn--fa-hia.de", 80)),
        ("http://a_b.example.com:8080/", Target("http", "a_b.example.com", 8080)),
        ("https://[2606:4700::1111]:8443/", Target("https", "2606:4700::1111", 8443)),
        ("http://8.8.8.8/", Target("http", "8.8.8.8", 80)),
        ("http://134744072/", Target("http", "8.8.8.8", 80)),
        ("http://[64:ff9b::8.8.8.8]/", Target("http", "64:ff9b::808:808", 80)),
        ("  https://a.com/  ", Target("https", "a.com", 443)),
        ("https://a.com:/", Target("https", "a.com", 443)),
    ],
)
def test_public_urls_are_read_as_a_browser_reads_them(url: str, target: Target) -> None:
    assert check_url(url, POLICY) == target


def test_only_the_named_host_and_port_are_allowed() -> None:
    policy = RelayPolicy(allow_hosts=frozenset({"127.0.0.1:8080", "intra.example:80", "localhost:9"}))
    check_url("http://127.0.0.1:8080/", policy)
    check_url("http://0x7f.1:8080/", policy)
    check_url("http://localhost:9/", policy)
    for url in ("http://127.0.0.1:8081/", "http://127.0.0.2:8080/", "http://localhost:8080/"):
        with pytest.raises(AddressRefusedError):
            check_url(url, policy)
    assert check_answers(["10.0.0.7"], "intra.example", 80, policy)
    with pytest.raises(AddressRefusedError):
        check_answers(["10.0.0.7"], "intra.example", 443, policy)
    with pytest.raises(AddressRefusedError):
        check_answers(["10.0.0.7"], "evil.example", 80, policy)


def test_even_an_allowed_host_is_never_multicast_or_unspecified() -> None:
    policy = RelayPolicy(allow_hosts=frozenset({"a.example:80"}))
    for ip in (str(ipaddress.IPv4Address(0)), "::", "224.0.0.1", "ff02::1", "::ffff:224.0.0.1"):
        with pytest.raises(AddressRefusedError):
            check_address(ip, "a.example", 80, policy)


def test_a_resolver_override_is_a_permission_for_its_host_only() -> None:
    policy = RelayPolicy(resolve={"weixun.test": ("127.0.0.1", 8443)})
    check_url("https://weixun.test/", policy)
    with pytest.raises(AddressRefusedError):
        check_url("https://127.0.0.1:8443/", policy)


def test_one_private_answer_refuses_the_name() -> None:
    assert [str(ip) for ip in check_answers(["8.8.8.8", "8.8.8.8", "1.1.1.1"], "a.com", 80, POLICY)] == [
        "8.8.8.8",
        "1.1.1.1",
    ]
    for answers in (["8.8.8.8", "127.0.0.1"], ["::1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"]):
        with pytest.raises(AddressRefusedError):
            check_answers(answers, "a.com", 80, POLICY)


def test_a_policy_survives_the_way_to_the_relays_process() -> None:
    policy = RelayPolicy(
        allow_hosts=frozenset({"a:1"}),
        resolve={"b": ("::1", 2)},
        extra_roots=("/x.pem",),
        client_uids=frozenset({7}),
        decrypt=False,
        idle_seconds=1.5,
    )
    assert RelayPolicy.from_json(policy.to_json()) == policy


def test_origins_leave_the_default_port_out() -> None:
    assert Target("https", "a.com", 443).origin == "https://a.com"
    assert Target("http", "a.com", 8080).origin == "http://a.com:8080"
    assert Target("http", "2606::1", 80).origin == "http://[2606::1]"


@given(st.integers(0, 2**32 - 1))
@example(0x7F000001)
def test_every_spelling_of_an_ipv4_address_reads_the_same(number: int) -> None:
    ip = ipaddress.IPv4Address(number)
    a, b, c, d = ip.packed
    spellings = [
        str(ip),
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{(c << 8) | d}",
        f"0x{a:X}.0{b:o}.{c}.{d}",
        f"{ip}.",
    ]
    assert {normalise_host(spelling) for spelling in spellings} == {str(ip)}


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself(number: int) -> None:
    ip = ipaddress.IPv4Address(number)
    forms = [
        ipaddress.IPv6Address(f"::ffff:{ip}"),
        ipaddress.IPv6Address(f"64:ff9b::{ip}"),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 7),
        ipaddress.IPv6Address(f"::ffff:0:{ip}"),
    ]
    for form in forms:
        assert unwrap(form) == ip
        assert is_public(unwrap(form)) == is_public(ip)


@given(st.ip_addresses())
def test_what_is_public_is_global_and_unicast(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(ip):
        assert ip.is_global
        assert not any((ip.is_private, ip.is_multicast, ip.is_loopback, ip.is_link_local, ip.is_unspecified))


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    for url in (text, f"http://{text}/", f"https://{text}", f"http://a.com:{text}/"):
        try:
            target = check_url(url, POLICY)
        except RequestRefusedError:
            pass
        else:
            assert normalise_host(f"[{target.host}]" if ":" in target.host else target.host) == target.host
            ip = literal_ip(target.host)
            assert ip is None or is_public(unwrap(ip))


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_a_host_that_passes_is_plain_ascii_without_anything_special(text: str) -> None:
    try:
        host = normalise_host(text)
    except BadUrlError:
        return
    assert host.isascii()
    assert not set(host) & set(" /\\?#@[]<>%\t\r\n\0")


def test_authorities() -> None:
    assert split_authority("a.com:443", 80) == ("a.com", 443)
    assert split_authority("[2606::1]", 80) == ("2606::1", 80)
    for bad in ("a:b:c", "a.com:٤٤٣", "::1", "a]:1", ""):
        with pytest.raises(BadUrlError):
            split_authority(bad, 80)


def test_a_bad_port_needs_its_own_permission() -> None:
    target = Target("http", "example.com", 6000)
    with pytest.raises(AddressRefusedError):
        check_target(target, POLICY)
    check_target(target, RelayPolicy(allow_hosts=frozenset({"example.com:6000"})))
