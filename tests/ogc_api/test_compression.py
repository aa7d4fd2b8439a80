"""Answers leave compressed as the client likes it best, and come out the same."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import brotli
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ogc_api.compression import Compression, accepted

BODY = ("{\"name\": \"水泵\", \"height\": 12.5}\n" * 9000).encode()
UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress, "": bytes}


async def whole(request: Request) -> Response:
    return Response(BODY[:int(request.query_params.get("length", len(BODY)))], media_type=request.query_params.get("type", "application/json"))


async def streamed(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(BODY), 50_000):
            yield BODY[start:start + 50_000]
    return StreamingResponse(parts(), media_type="application/json")


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=[Route("/whole", whole), Route("/streamed", streamed)], middleware=[Middleware(Compression)]))


@pytest.mark.parametrize(("header", "encoding"), [
    ("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br, zstd", "gzip"), ("br;q=1.0, gzip;q=0.5", "br"), ("gzip;q=0", ""), ("", ""),
    ("identity", ""), ("*", "gzip"), ("*;q=0.1, gzip;q=0", "br"), ("GZIP ; Q=0.3", "gzip"), ("gzip;q=lots", ""), ("deflate", ""),
])
@pytest.mark.parametrize("path", ["/whole", "/streamed"])
def test_an_answer_is_packed_as_the_client_likes_it(client: TestClient, path: str, header: str, encoding: str) -> None:
    with client.stream("GET", path, headers={"Accept-Encoding": header}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers.get("Content-Encoding", "") == encoding
    assert UNPACK[encoding](sent) == BODY
    assert not encoding or ("Accept-Encoding" in answer.headers["Vary"] and len(sent) < len(BODY) / 5)


def test_small_answers_and_packed_media_are_sent_as_they_are(client: TestClient) -> None:
    for query in ("length=900", "type=image/png", "type=application/vnd.apache.parquet"):
        assert "Content-Encoding" not in client.get(f"/whole?{query}", headers={"Accept-Encoding": "gzip"}).headers


def test_of_what_is_liked_alike_the_first_is_taken() -> None:
    assert accepted("br, gzip", ("gzip", "br")) == "gzip"
    assert accepted("br, gzip", ("br", "gzip")) == "br"
