"""Requests to run a process, checked: inputs against their schemas, the outputs that are wanted, and who is told of the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from csdi.errors import SourceUnavailable, ValueInvalid
from csdi.extent import Interval
from csdi.outgoing import checked as checked_url
from csdi.processes.description import Input, Json, Process

VALUE, REFERENCE = "value", "reference"
RAW, DOCUMENT = "raw", "document"
_QUALIFIED = {"value", "mediaType", "encoding", "schema", "format"}
_LINK = {"href", "rel", "type", "hreflang", "title", "length", "format"}
"""What a link may say; `format` was its media type in drafts of the standard, and clients still write it."""
_EVENTS = ("successUri", "inProgressUri", "failedUri")
_MEMBERS = ("inputs", "outputs", "response", "subscriber")
_MEDIA = re.compile(r"[\w.+*-]{1,80}/[\w.+*-]{1,80}(; ?[\w.+-]{1,40}=[\w.+\"/-]{1,80}){0,4}", re.ASCII)
_NEEDED = re.compile(r"'(?P<name>[^']+)' is a required property")


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks of a process.

    Attributes:
        inputs: by id, as given: an inline value, or `{"href": ...}` still to be fetched.
        outputs: id -> `value` or `reference`; every output of the process where the request names none.
        response: `raw` or `document`.
        subscriber: event (`successUri`, `inProgressUri`, `failedUri`) -> URL.
    """

    inputs: Mapping[str, Any]
    outputs: Mapping[str, str]
    response: str = RAW
    subscriber: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> Json:
        """JSON form, as a job keeps it."""
        return {"inputs": dict(self.inputs), "outputs": dict(self.outputs), "response": self.response, "subscriber": dict(self.subscriber)}

    @classmethod
    def from_dict(cls, kept: Json) -> Request:
        """The request that a job keeps."""
        return cls(kept["inputs"], kept["outputs"], kept["response"], kept["subscriber"])


def read_request(process: Process, body: Any) -> Request:
    """The request in the body of an execution.

    Raises:
        ValueInvalid: naming the member, input or output that is wrong.
    """
    if not isinstance(body, dict):
        raise ValueInvalid("the body is no JSON object", field="body", remedy='send {"inputs": {...}}')
    if unknown := [name for name in body if name not in _MEMBERS]:
        raise ValueInvalid(f"an execution has no member '{unknown[0]}'", field=unknown[0], remedy=f"known: {', '.join(_MEMBERS)}")
    inputs = _object(body, "inputs")
    response = body.get("response", RAW)
    if response not in (RAW, DOCUMENT):
        raise ValueInvalid("response: raw or document expected", field="response", value=response)
    return Request(checked_inputs(process, inputs), _outputs(process, _object(body, "outputs")), response, _subscriber(body))


def checked_inputs(process: Process, given: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs by id: qualified values unpacked, cardinality and schema met; links stay links.

    Raises:
        ValueInvalid: names the input and where in it the fault is.
    """
    if unknown := [name for name in given if process.input(name) is None]:
        raise ValueInvalid(f"inputs: {process.id} has no input '{unknown[0]}'", field=f"inputs.{unknown[0]}",
                           remedy=f"known: {', '.join(one.id for one in process.inputs)}")
    found = {}
    for one in process.inputs:
        if one.id in given:
            found[one.id] = _values(one, given[one.id])
        elif one.least:
            raise ValueInvalid(f"inputs.{one.id}: it is required", field=f"inputs.{one.id}")
    return found


def is_link(value: Any) -> bool:
    """Whether a value is to be fetched: a link, and nothing else."""
    return isinstance(value, dict) and isinstance(value.get("href"), str) and set(value) <= _LINK


def links(inputs: Mapping[str, Any]) -> Iterator[tuple[str, int | None, Json]]:
    """(input, number among several or None, link) of the values that are still to be fetched."""
    for id, value in inputs.items():
        if is_link(value):
            yield id, None, value
        elif isinstance(value, list):
            yield from ((id, number, one) for number, one in enumerate(value) if is_link(one))


def check(one: Input, value: Any, where: str) -> None:
    """Do nothing when a value meets the schema of its input. Raises ValueInvalid, naming where it does not."""
    fault = _fault(one, value)
    if fault is not None:
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault.absolute_path)
        needed = _NEEDED.match(fault.message)
        place = f"{where}{path}" + (f".{needed['name']}" if needed else "")
        said = "it is required" if needed else _short(fault.message)
        raise ValueInvalid(f"{place}: {said}", field=place, remedy="see the description of the process")


def _values(one: Input, given: Any) -> Any:
    where = f"inputs.{one.id}"
    if one.most == 1:
        return _value(one, given, where)
    several = given if isinstance(given, list) else [given]
    if not one.least <= len(several) <= one.most:
        raise ValueInvalid(f"{where}: {one.least} to {one.most} values are expected, not {len(several)}", field=where)
    return [_value(one, value, f"{where}[{number}]") for number, value in enumerate(several)]


def _value(one: Input, given: Any, where: str) -> Any:
    """The bare value. An object with `value` is a qualified value where that one fits, else it is the value itself."""
    if is_link(given):
        form = given.get("format")
        media = given.get("type", form.get("mediaType", "*/*") if isinstance(form, dict) else "*/*")
        if not isinstance(media, str) or not _MEDIA.fullmatch(media):
            raise ValueInvalid(f"{where}.type: no media type", field=f"{where}.type", value=media)
        return {"href": _url(given["href"], where), "type": media}
    if isinstance(given, dict) and "value" in given and set(given) <= _QUALIFIED:
        if _fault(one, given["value"]) is None:
            return given["value"]
        if _fault(one, given) is not None:
            check(one, given["value"], f"{where}.value")
        return given
    check(one, given, where)
    return given


def _fault(one: Input, value: Any) -> ValidationError | None:
    found = best_match(_validator(one).iter_errors(value))
    if found is None and "date-time" in str(one.schema):
        return _untimely(one.schema, value)
    return found


def _untimely(schema: Json, value: Any) -> ValidationError | None:
    timed = [part for part in (schema, *schema.get("anyOf", ())) if part.get("format") == "date-time"]
    try:
        if timed and isinstance(value, str):
            Interval.parse(value)
    except ValueInvalid as error:
        return ValidationError(error.message)
    return None


def _validator(one: Input) -> Draft202012Validator:
    return Draft202012Validator(one.schema)


def _outputs(process: Process, given: Mapping[str, Any]) -> dict[str, str]:
    """Transmission by output; all of them by value where none is named."""
    found = {}
    for id, said in given.items():
        if process.output(id) is None:
            raise ValueInvalid(f"outputs: {process.id} has no output '{id}'", field=f"outputs.{id}",
                               remedy=f"known: {', '.join(one.id for one in process.outputs)}")
        mode = said.get("transmissionMode", VALUE) if isinstance(said, dict) else None
        if mode not in (VALUE, REFERENCE):
            raise ValueInvalid(f"outputs.{id}.transmissionMode: value or reference expected", field=f"outputs.{id}.transmissionMode")
        if not isinstance(said.get("format", {}), dict):
            raise ValueInvalid(f"outputs.{id}.format: an object is expected", field=f"outputs.{id}.format")
        found[id] = str(mode)
    return found or {one.id: VALUE for one in process.outputs}


def _subscriber(body: Json) -> dict[str, str]:
    given = _object(body, "subscriber")
    if unknown := [name for name in given if name not in _EVENTS]:
        raise ValueInvalid(f"subscriber: there is no '{unknown[0]}'", field=f"subscriber.{unknown[0]}",
                           remedy=f"known: {', '.join(_EVENTS)}")
    return {event: _url(url, f"subscriber.{event}") for event, url in given.items()}


def _url(url: Any, where: str) -> str:
    try:
        return checked_url(url if isinstance(url, str) else "")
    except (ValueInvalid, SourceUnavailable) as error:
        raise ValueInvalid(f"{where}: {error.message}", field=where, remedy=error.remedy) from None


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    given = body.get(name, {})
    if not isinstance(given, dict):
        raise ValueInvalid(f"{name}: an object is expected", field=name)
    return given


def _short(message: str, most: int = 300) -> str:
    return message if len(message) <= most else f"{message[:most]}..."

