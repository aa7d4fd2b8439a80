"""Outgoing: questions to other servers over HTTP, and never to addresses inside this network unless a setting allows it.

A name is resolved once, each of its addresses is judged, and the connection goes to a judged address: a name that
changes between the look and the call gains nothing. TLS certificates are still checked against the name.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

from csdi.errors import SourceUnavailable, ValueInvalid

USER_AGENT = "csdi"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PASSING_S = 5.0
"""The longest wait between two tries."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Answer:
    """What another server answered.

    Attributes:
        url: where the answer came from, after redirects.
        headers: by name in lower case.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Outgoing:
    """A client for other people's servers: bounded in time, size and redirects. Safe to share between threads."""

    def __init__(self, *, internal: bool = False, timeout_s: float = 30.0, limit_bytes: int = 64 * 2**20, redirects: int = 5,
                 tries: int = 3) -> None:
        """`internal` opens loopback, private and link-local addresses; `timeout_s` bounds one whole answer."""
        self._timeout_s, self._limit, self._redirects, self._tries = timeout_s, limit_bytes, redirects, tries
        self._client = httpx.Client(transport=_Judged(internal), timeout=timeout_s, follow_redirects=False,
                                    headers={"User-Agent": USER_AGENT})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Free connections."""
        self._client.close()

    def get(self, url: str, params: Mapping[str, str] | None = None, *, accept: str = "*/*") -> Answer:
        """The answer to a GET, which is tried again when the server is busy or the connection breaks.

        Raises:
            ValueInvalid: no URL of http or https, or its address lies inside this network.
            SourceUnavailable: the server cannot be reached, is too slow, too long, or says that it failed.
        """
        asked = str(httpx.URL(checked(url)).copy_merge_params(dict(params))) if params else url
        for left in reversed(range(self._tries)):
            try:
                answer = self._follow("GET", asked, {"Accept": accept}, b"")
            except SourceUnavailable:
                if not left:
                    raise
                time.sleep(min(_PASSING_S, 0.2 * (self._tries - left)))
                continue
            if answer.status not in (429, 502, 503, 504) or not left:
                return _well(answer)
            time.sleep(_asked_wait(answer))
        raise AssertionError("a try always answers or raises")

    def post(self, url: str, body: bytes, media: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a POST, which is tried once. Raises as `get`."""
        return _well(self._follow("POST", url, {**(headers or {}), "Content-Type": media}, body))

    def _follow(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        for _ in range(self._redirects + 1):
            answer = self._once(method, checked(url), headers, body)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            url = urljoin(url, answer.headers["location"])
        raise SourceUnavailable(f"{url}: redirected more than {self._redirects} times", url=url)

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        deadline, chunks, size = time.monotonic() + self._timeout_s, [], 0
        try:
            with self._client.stream(method, url, headers=dict(headers), content=body or None) as response:
                for chunk in response.iter_bytes():
                    size += len(chunk)
                    chunks.append(chunk)
                    if size > self._limit:
                        raise SourceUnavailable(f"{url}: the answer is longer than {self._limit} bytes", url=url, limit=self._limit)
                    if time.monotonic() > deadline:
                        raise SourceUnavailable(f"{url}: the answer takes longer than {self._timeout_s:g} s", url=url)
                found = {name.lower(): value for name, value in response.headers.items()}
                return Answer(url, response.status_code, found, b"".join(chunks))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise SourceUnavailable(f"{url}: {error or type(error).__name__}", url=url, remedy="is the server up, and the address right?") \
                from error


def checked(url: str) -> str:
    """The URL, if it is one of http or https with a host and without a password.

    Raises:
        ValueInvalid: naming what is wrong.
    """
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise ValueInvalid(f"'{url}' is not a URL: {error}", field="url", value=str(url)) from None
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ValueInvalid(f"'{url}' is not a URL of http or https", field="url", value=url, remedy="write https://host/path")
    if parts.userinfo:
        raise ValueInvalid("a URL may not carry a name or password", field="url", remedy="leave out what is before the @")
    return url


def is_public(address: str) -> bool:
    """Whether an IP address is open to the internet: not loopback, private, link-local, reserved, or one of these in disguise.

    >>> is_public("8.8.8.8"), is_public("169.254.169.254"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast and not getattr(one, "is_site_local", False) for one in (found, *_inside(found)))


def _inside(address: IPAddress) -> list[IPAddress]:
    """IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[IPAddress | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or int(address) >> 32 == 0:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def addresses_of(host: str, port: int, *, internal: bool = False) -> list[str]:
    """The IP addresses of a host, in the order to try them.

    Raises:
        SourceUnavailable: the name is not known.
        ValueInvalid: one of them lies inside this network and `internal` is not set.
    """
    try:
        found = list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    except (OSError, UnicodeError) as error:
        raise SourceUnavailable(f"the host '{host}' is not known", host=host, remedy="is the address right?") from error
    if not internal and not all(is_public(address) for address in found):
        raise ValueInvalid(f"the host '{host}' lies inside this network", field="url", value=host,
                           remedy="CSDI_OUTGOING_INTERNAL=1 opens addresses inside the network")
    return found


class _Judged(httpx.BaseTransport):
    """Connects to addresses that were judged, under the name that was asked for."""

    def __init__(self, internal: bool) -> None:
        self._internal, self._inner = internal, httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.BaseTransport`."""
        url = request.url
        tried: Exception | None = None
        for address in addresses_of(url.host, url.port or (443 if url.scheme == "https" else 80), internal=self._internal):
            request.url = url.copy_with(host=address)
            request.extensions = {**request.extensions, "sni_hostname": url.host}
            try:
                return self._inner.handle_request(request)
            except httpx.ConnectError as error:
                tried = error
        raise tried or httpx.ConnectError(f"{url.host} has no address")

    def close(self) -> None:
        """Free connections."""
        self._inner.close()


def _well(answer: Answer) -> Answer:
    """The answer, unless it says that it failed."""
    if answer.status >= 400:
        raise SourceUnavailable(f"{answer.url}: answered {answer.status}", url=answer.url, status=answer.status)
    return answer


def _asked_wait(answer: Answer) -> float:
    after = answer.headers.get("retry-after", "")
    return min(_PASSING_S, float(after)) if after.isdigit() else 0.5
