"""Reading an execution request of OGC API Processes: known fields, known inputs, files that the process can write."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.errors import BadRequestError
from api.processes_offered import Offered
from crimemap.errors import InputError

__all__ = ["Execution", "checked_inputs", "prefers_async", "read_execution"]

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
            return value["value"]
    if isinstance(value, list) and len(value) > _MOST_ENTRIES:
        raise BadRequestError(f"there are more than {_MOST_ENTRIES:,} entries", where=f"inputs.{name}")
    return value


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
    return tuple(outputs) or formats


def checked_inputs(offered: Offered, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Check inputs as the process does, and give what is kept of them: what was given, what its name settles, no defaults.

    Raises
    ------
    BadRequestError
        If something is missing or out of its range.
    """
    schema = offered.schema["properties"]
    # A default that is written out is left out, so that it is never taken for what another name settles.
    given = {
        name: value for name, value in inputs.items() if "default" not in schema[name] or value != schema[name]["default"]
    }
    given |= offered.fixed
    try:
        offered.process.checked(given)
    except InputError as error:
        where = f"inputs.{error.where.removeprefix('--').replace('-', '_')}" if error.where else "inputs"
        fix = error.fix if "crimemap " not in error.fix or "ingest" in error.fix else f"See /processes/{offered.id}."
        raise BadRequestError(_named(error.message), where=where, fix=_named(fix)) from None
    return given


def _named(text: str) -> str:
    """
    Name inputs as they are called over HTTP.

    Examples
    --------
    >>> _named("Leave out --relative-to.")
    'Leave out relative_to.'
    """
    return _OPTION.sub(lambda found: found[1].replace("-", "_"), text)


def prefers_async(prefer: str) -> bool:
    """
    Say whether the header Prefer (RFC 7240) asks for an answer at once.

    Examples
    --------
    >>> prefers_async("wait=10, Respond-Async"), prefers_async("respond-sync"), prefers_async("")
    (True, False, False)
    """
    return any(one.partition(";")[0].strip().lower() == "respond-async" for one in prefer.split(","))
