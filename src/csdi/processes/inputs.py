"""Inputs by reference: fetched from where they lie, bounded, and checked as if they had been sent."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from csdi.errors import AccessDenied, NotFound, SourceUnavailable, ValueInvalid
from csdi.outgoing import Answer, Outgoing
from csdi.processes.description import Input, Process
from csdi.processes.request import check, links

LARGEST = 64 * 2**20
TIMEOUT_S = 30.0


def fetched(process: Process, inputs: Mapping[str, Any], *, internal: bool) -> dict[str, Any]:
    """The inputs with the content of every link in its place.

    Raises:
        ValueInvalid: the content does not meet the schema of its input.
        AccessDenied: its address lies inside this network.
        NotFound: it cannot be had.
    """
    found = {id: list(value) if isinstance(value, list) else value for id, value in inputs.items()}
    wanted = list(links(found))
    if not wanted:
        return found
    with Outgoing(internal=internal, timeout_s=TIMEOUT_S, limit_bytes=LARGEST) as client:
        for id, number, link in wanted:
            one = process.input(id)
            assert one is not None
            value = _content(one, _got(client, link, f"inputs.{id}"), link["href"])
            check(one, value, f"inputs.{id}")
            if number is None:
                found[id] = value
            else:
                found[id][number] = value
    return found


def _got(client: Outgoing, link: Mapping[str, str], where: str) -> Answer:
    try:
        return client.get(link["href"], accept=link.get("type", "*/*"))
    except ValueInvalid as error:
        raise AccessDenied(f"{where}: {error.message}", field=where, remedy=error.remedy) from error
    except SourceUnavailable as error:
        raise NotFound(f"{where}: {error.message}", field=where, remedy=error.remedy) from error


def _content(one: Input, answer: Answer, url: str) -> Any:
    """JSON where it is JSON; text or base64 where the input is a string of another kind."""
    if one.schema.get("type") == "string":
        binary = one.schema.get("contentEncoding") == "base64"
        return base64.b64encode(answer.body).decode() if binary else answer.body.decode(errors="replace")
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        if any(part.get("type") == "string" for part in (*one.schema.get("oneOf", ()), *one.schema.get("anyOf", ()))):
            return answer.body.decode(errors="replace")
        raise ValueInvalid(f"inputs.{one.id}: what lies at {url} is no JSON", field=f"inputs.{one.id}", value=answer.media) from None
