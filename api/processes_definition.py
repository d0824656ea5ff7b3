"""The definition of processes and jobs in OpenAPI 3.0, which OGC clients look for; `/openapi.json` has all of it in 3.1."""

from typing import Any, Final

from crimemap import __version__

__all__ = ["definition"]

_ANY: Final = {"type": "object"}
_TEXT: Final = {"type": "string"}
_EXECUTE: Final = {
    "type": "object",
    "properties": {
        "inputs": {"type": "object", "description": "As the process's description says."},
        "outputs": {"type": "object", "description": "Files that are wanted, by name; all where left out."},
        "response": {"type": "string", "enum": ["document", "raw"], "default": "document"},
    },
}


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


def _query(name: str, says: str, schema: dict[str, Any] = _TEXT) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": says}


def _answers(says: str, status: str = "200", kind: str = "application/json") -> dict[str, Any]:
    refusal = {"description": "Why not.", "content": {"application/problem+json": {"schema": _ANY}}}
    schema = _ANY if kind == "application/json" else {"type": "string", "format": "binary"}
    answer = {"description": says, "content": {kind: {"schema": schema}}}
    return {status: answer, **dict.fromkeys(("400", "401", "403", "404"), refusal)}


def _operation(says: str, parameters: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    return {"summary": says, "parameters": list(parameters), "responses": _answers(says), **more}


def definition(base: str) -> dict[str, Any]:
    """
    Define the interface.

    Parameters
    ----------
    base
        The address of the application.
    """
    process, job = _path("processID"), _path("jobID")
    prefer = {"name": "Prefer", "in": "header", "required": False, "schema": _TEXT, "description": "respond-async"}
    execute = {
        "summary": "Run it",
        "parameters": [process, prefer],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _EXECUTE}}},
        "responses": _answers("Results, where they are waited for.") | _answers("A job.", "201"),
    }
    listed = (
        _query("processID", "Jobs of this process."),
        _query("status", "accepted, running, successful, failed or dismissed."),
        _query("limit", "At most so many.", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}),
        _query("after", "The last job of the page before."),
    )
    return {
        "openapi": "3.0.3",
        "info": {"title": "crimemap for analysts", "version": __version__, "description": "Analyses as jobs."},
        "servers": [{"url": base}],
        "security": [{"bearer": []}],
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/": {"get": _operation("Landing page")},
            "/conformance": {"get": _operation("Conformance")},
            "/processes": {"get": _operation("Processes")},
            "/processes/{processID}": {"get": _operation("A process", (process,))},
            "/processes/{processID}/execution": {"post": execute},
            "/jobs": {"get": _operation("My jobs", listed)},
            "/jobs/{jobID}": {
                "get": _operation("Status of a job", (job,)),
                "delete": _operation("Dismiss a job", (job,)),
            },
            "/jobs/{jobID}/log": {"get": _operation("What happened to a job", (job,))},
            "/jobs/{jobID}/results": {"get": _operation("Results of a job", (job,))},
            "/jobs/{jobID}/results/{name}": {
                "get": {
                    "summary": "A file of results",
                    "parameters": [job, _path("name")],
                    "responses": _answers("The file.", kind="application/octet-stream"),
                }
            },
        },
    }
