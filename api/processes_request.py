"""Reading an execution request of OGC API Processes: known fields, known inputs, files that the process can write."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.errors import BadRequestError
from api.processes_offered import OFFERED, Offered
from crimemap.errors import InputError
from crimemap.jobs.drawn_area import MOST_CORNERS, drawn_polygon, drawn_text
from crimemap.jobs.queue.asked import checked_job

__all__ = ["Execution", "checked_inputs", "preferred_wait", "read_execution"]

_OPTION: Final = re.compile(r"--([a-z][a-z-]*)")
_MOST_ENTRIES: Final = 1_000
_FREE_FORM: Final = ("object",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """
    What is asked for.

    Attributes
    ----------
    inputs
        As given, with what the process's name settles.
    formats
        Which files are wanted.
    raw
        Whether links alone are wanted, and no document of results.
    """

    inputs: dict[str, Any]
    formats: tuple[str, ...]
    raw: bool


def read_execution(body: Mapping[str, Any], offered: Offered) -> Execution:
    """
    Read the body of an execution request.

    Raises
    ------
    BadRequestError
        If a field, an input or an output is unknown, or of the wrong kind.
    """
    known = ("inputs", "outputs", "response")
    if "subscriber" in body:
        raise BadRequestError("nobody is called back", where="subscriber", fix="Ask for the job's status instead.")
    unknown = sorted(body.keys() - set(known))
    if unknown:
        raise BadRequestError(f"there is no field {unknown[0]!r}", where="body", fix=f"Take {', '.join(known)}.")
    response = body.get("response", "document")
    if response not in ("document", "raw"):
        raise BadRequestError("this is neither 'document' nor 'raw'", where="response")
    inputs, outputs = body.get("inputs", {}), body.get("outputs", {})
    for name, value in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(value, dict):
            raise BadRequestError("this is not an object", where=name)
    return Execution(
        inputs={name: _value(offered, name, value) for name, value in inputs.items()},
        formats=_formats(outputs, offered),
        raw=response == "raw",
    )


def _value(offered: Offered, name: str, value: Any) -> Any:
    schema = offered.schema["properties"].get(name)
    if schema is None:
        known = ", ".join(offered.schema["properties"])
        raise BadRequestError(f"{offered.id} has no input {name!r}", where="inputs", fix=f"It takes {known}.")
    if isinstance(value, dict) and schema.get("type") not in _FREE_FORM:
        if "href" in value:
            raise BadRequestError("inputs are given by value, not by reference", where=f"inputs.{name}")
        if "value" in value and value.keys() <= {"value", "mediaType", "schema", "encoding"}:
            value = value["value"]
    if name == "area" and isinstance(value, dict):
        return _drawn(value)
    if isinstance(value, list) and len(value) > _MOST_ENTRIES:
        raise BadRequestError(f"there are more than {_MOST_ENTRIES:,} entries", where=f"inputs.{name}")
    return value


def _drawn(value: Mapping[str, Any]) -> str:
    """Read a GeoJSON polygon of one ring."""
    rings = value.get("coordinates")
    where = "inputs.area"
    if value.get("type") != "Polygon" or not isinstance(rings, list):
        raise BadRequestError("this is no GeoJSON polygon", where=where, fix="Send its geometry, of the type 'Polygon'.")
    if len(rings) != 1 or not isinstance(rings[0], list):
        raise BadRequestError("a drawn area has one ring", where=where, fix="Leave out holes.")
    corners = [corner[:2] for corner in rings[0] if isinstance(corner, list)]
    plain = [[one for one in corner if isinstance(one, int | float) and not isinstance(one, bool)] for corner in corners]
    if len(plain) != len(rings[0]) or any(len(corner) != 2 for corner in plain):  # noqa: PLR2004 - a pair
        raise BadRequestError("a corner is not two numbers", where=where, fix="Write [longitude, latitude].")
    if len(plain) > MOST_CORNERS + 1:
        raise BadRequestError(f"a drawn area has at most {MOST_CORNERS} corners", where=where, fix="Leave out some.")
    try:
        text = drawn_text((float(x), float(y)) for x, y in plain)
        drawn_polygon(text)
    except InputError as error:
        raise BadRequestError(error.message, where=where, fix=error.fix) from None
    return text


def _formats(outputs: Mapping[str, Any], offered: Offered) -> tuple[str, ...]:
    formats = offered.formats
    for name, asked in outputs.items():
        if name not in formats:
            raise BadRequestError(
                f"{offered.id} does not write {name!r}", where="outputs", fix=f"It writes {', '.join(formats)}."
            )
        if not isinstance(asked, dict):
            raise BadRequestError("this is not an object", where=f"outputs.{name}")
        if asked.get("transmissionMode", "reference") != "reference":
            raise BadRequestError("results are given by reference", where=f"outputs.{name}", fix="Leave the mode out.")
    return tuple(outputs)


def checked_inputs(offered: Offered, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Check inputs as the process does, and give them as a job keeps them: with every default but those that a name settles.

    Raises
    ------
    BadRequestError
        If something is missing or out of its range.
    """
    try:
        made, _ = checked_job(offered.process.id, {**inputs, **offered.fixed})
    except InputError as error:
        where = f"inputs.{error.where.removeprefix('--').replace('-', '_')}" if error.where else "inputs"
        fix = f"See /processes/{offered.id}." if "--help" in error.fix else error.fix
        raise BadRequestError(_named(error.message), where=where, fix=_named(fix)) from None
    # What another name settles is not kept as a default: it would be taken for that one.
    settled = {
        name: value for one in OFFERED.values() if one.process is offered.process for name, value in one.fixed.items()
    }
    return {
        name: value for name, value in made.items() if name in offered.fixed or settled.get(name) != value or value is None
    }


def _named(text: str) -> str:
    """
    Name inputs as they are called over HTTP.

    Examples
    --------
    >>> _named("Leave out --relative-to.")
    'Leave out relative_to.'
    """
    return _OPTION.sub(lambda found: found[1].replace("-", "_"), text)


def preferred_wait(prefer: str, *, most: float) -> float:
    """
    Read the header Prefer (RFC 7240): how many seconds to wait for results, 0 where they are not waited for.

    Examples
    --------
    >>> preferred_wait("Respond-Async", most=30), preferred_wait("respond-sync", most=30), preferred_wait("wait=5", most=30)
    (0.0, 30, 5.0)
    """
    wanted = most
    for one in prefer.split(","):
        name, _, value = one.partition(";")[0].strip().lower().partition("=")
        if name == "respond-async":
            return 0.0
        if name == "wait" and value.strip().isascii() and value.strip().isdigit():
            wanted = min(float(value.strip()[:9]), most)
    return wanted
