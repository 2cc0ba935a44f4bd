"""Where webhooks may go: what a URL is, which addresses are refused, and that a name is looked up once."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import pytest

from angarium.engine.delivery.channel import PermanentFailure, ProviderAway
from angarium.engine.delivery.channels.calling.address import addresses, refuse_at_once, target_of
from angarium.kernel.errors import Invalid

PUBLIC = "93.184.215.14"


def leads_to(*found: str) -> Callable[..., list[tuple[Any, ...]]]:
    """A name server that knows one name."""
    return lambda host, port, type: [(socket.AF_INET, type, 6, "", (one, port)) for one in found]


@pytest.mark.parametrize(
    ("url", "named", "path"),
    [
        ("https://example.org", "example.org", "/"),
        ("https://EXAMPLE.org:443/a/b?c=d", "example.org", "/a/b?c=d"),
        ("https://example.org.:8443/", "example.org:8443", "/"),
        ("http://[2001:db8::1]:8080/x", "[2001:db8::1]:8080", "/x"),
        ("https://example.org?c", "example.org", "/?c"),
    ],
)
def test_an_address_is_read_in_its_parts(url: str, named: str, path: str) -> None:
    target = target_of(url)
    assert (target.named, target.path, target.origin) == (named, path, f"{url.partition(':')[0]}://{named}")


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org", "ftp://example.org", "https://", "https://:80", "https://example.org:0", "//example.org"),
        *("https://example.org:99999", "https://a:b@example.org", "https://@example.org", "https://example.org/#a"),
        *("https://exa mple.org", "https://example.org/\r\nX: y", "https://пример.рф", "https://example.org\\@evil"),
        *("https://[::1", "https://example.org/" + "x" * 2000, "javascript:alert(1)", "file:///etc/passwd"),
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused_with_its_field(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        target_of(url)
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "168.63.129.16", "192.88.99.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),
        *("2002:7f00:1::", "2001:0:7f00:1::", "::7f00:1", "no address"),
    ],
)
@pytest.mark.parametrize("others", [(), (PUBLIC,)])
def test_an_address_that_is_not_for_everybody_is_refused_also_among_others(
    address: str, others: tuple[str, ...]
) -> None:
    with pytest.raises(PermanentFailure, match="leads into a network that webhooks may not call") as refused:
        addresses(target_of("https://hooks.example.org"), leads_to(*others, address))
    assert address not in refused.value.message


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1::1", f"::ffff:{PUBLIC}", "64:ff9b::5db8:d70e"])
def test_an_address_that_everybody_can_reach_may_be_called(address: str) -> None:
    assert addresses(target_of("https://hooks.example.org"), leads_to(address, address)) == [address]


def test_plain_http_goes_to_named_networks_alone(settings: Any) -> None:
    target = target_of("http://hooks.example.org")
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]
    with pytest.raises(PermanentFailure, match="Webhooks go by https"):
        addresses(target, leads_to(PUBLIC))
    assert addresses(target, leads_to("10.1.2.3")) == ["10.1.2.3"]
    with pytest.raises(PermanentFailure, match="may not call"):
        addresses(target, leads_to("10.2.2.3"))


def test_a_network_that_is_named_may_be_called_whatever_stands_for_it(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "fd00::7"):
        assert addresses(target_of("https://hooks.example.org"), leads_to(address)) == [address]


def test_a_name_that_nobody_knows_is_a_host_that_is_away() -> None:
    def nobody(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    for resolve in (nobody, leads_to()):
        with pytest.raises(ProviderAway):
            addresses(target_of("https://hooks.example.org"), resolve)


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1", "https://2130706433", "https://0x7f.1", "https://0177.0.0.1", "https://[::1]:8000"),
        *("https://localhost", "https://api.localhost:8000", "https://169.254.169.254/latest", "http://example.org"),
    ],
)
def test_what_can_be_seen_to_be_refused_is_refused_at_once(url: str, settings: Any) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_at_once(target_of(url))
    assert refused.value.field == "url"
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network(text) for text in ("0.0.0.0/0", "::/0")]
    refuse_at_once(target_of(url))
