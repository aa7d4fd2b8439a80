"""Questions to other servers: which addresses are open, how far redirects lead, how much is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from csdi.errors import SourceUnavailable, ValueInvalid
from csdi.outgoing import Outgoing, addresses_of, is_public
from tests import loopback


class Site(loopback.Handler):
    asked: ClassVar[list[str]] = []
    busy = 0

    def get(self) -> None:
        type(self).asked.append(self.path)
        if self.path == "/loop":
            self.answer(302, b"", {"Location": "/loop"})
        elif self.path == "/away":
            self.answer(302, b"", {"Location": "/here?x=1"})
        elif self.path == "/file":
            self.answer(302, b"", {"Location": "file:///etc/passwd"})
        elif self.path == "/busy" and type(self).busy:
            type(self).busy -= 1
            self.answer(503, b"", {"Retry-After": "0"})
        elif self.path == "/missing":
            self.answer(404, b"no")
        elif self.path == "/long":
            self.answer(200, b"x" * 5000)
        else:
            self.answer(200, f"{self.path} {self.headers['Host']}".encode(), {"Content-Type": "Text/Plain; charset=utf-8"})

    def post(self) -> None:
        self.answer(200, self.body())


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked, Site.busy = [], 0
    with loopback.serving(Site) as url:
        yield url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1", "0.0.0.0",
                                     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
                                     "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:0001::", "not an address"])
def test_addresses_inside_a_network_are_not_public_in_any_disguise(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.80.96.10", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "::1", "10.0.0.1"])
def test_a_host_inside_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises((ValueInvalid, SourceUnavailable)):
        addresses_of(host, 80)


def test_nothing_inside_is_asked_unless_the_setting_allows_it(site: str) -> None:
    with Outgoing() as closed, pytest.raises(ValueInvalid, match="inside this network") as refused:
        closed.get(f"{site}/here")
    assert "CSDI_OUTGOING_INTERNAL" in refused.value.remedy
    assert Site.asked == []
    with Outgoing(internal=True) as opened:
        answer = opened.get(f"{site}/here", {"q": "水泵"})
    assert answer.status == 200
    assert answer.media == "text/plain"
    assert answer.body.decode() == f"/here?q=%E6%B0%B4%E6%B3%B5 {site.removeprefix('http://')}"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/x", "http://", "//example.com", "gopher://x", "not a url", "",
                                 "http://user:secret@example.com/"])
def test_only_plain_urls_of_http_are_asked(url: str) -> None:
    with Outgoing(internal=True) as client, pytest.raises(ValueInvalid) as refused:
        client.get(url)
    assert "secret" not in str(refused.value)


def test_redirects_are_followed_a_few_times_and_never_to_another_scheme(site: str) -> None:
    with Outgoing(internal=True) as client:
        assert client.get(f"{site}/away").url == f"{site}/here?x=1"
        with pytest.raises(SourceUnavailable, match="redirected more than 5"):
            client.get(f"{site}/loop")
        with pytest.raises(ValueInvalid, match="not a URL of http"):
            client.get(f"{site}/file")


def test_a_busy_server_is_asked_again_and_a_missing_page_is_not(site: str) -> None:
    Site.busy = 2
    with Outgoing(internal=True) as client:
        assert client.get(f"{site}/busy").status == 200
        with pytest.raises(SourceUnavailable, match="answered 404"):
            client.get(f"{site}/missing")
    assert Site.asked == ["/busy", "/busy", "/busy", "/missing"]


def test_an_answer_is_read_up_to_the_limit(site: str) -> None:
    with Outgoing(internal=True, limit_bytes=4096, tries=1) as client, pytest.raises(SourceUnavailable, match="longer than 4096"):
        client.get(f"{site}/long")


def test_what_is_posted_arrives(site: str) -> None:
    with Outgoing(internal=True) as client:
        assert client.post(f"{site}/x", "水泵".encode(), "text/plain").body == "水泵".encode()


def test_a_server_that_is_not_there_is_named() -> None:
    with Outgoing(internal=True, tries=1) as client, pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:1"):
        client.get("http://127.0.0.1:1/x")
