"""The OpenAPI document, corrected where FastAPI's own would promise what is never answered."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import compile_path

from api.examples import add_answer_examples

__all__ = ["describe", "methods_at"]

_METHODS = ("get", "put", "post", "delete", "patch")


def describe(app: FastAPI) -> None:
    """
    Let an application describe itself without the status 422, and with an example of every answer.

    FastAPI adds 422 to every route with a parameter; here whatever cannot be read is answered with 400. Parameters that are
    read as optional, so that their absence is answered in the surface's own words, are told as what they are: needed.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                license_info=app.license_info,
            )
            for methods in made["paths"].values():
                for operation in methods.values():
                    operation["responses"].pop("422", None)
                    for parameter in operation.get("parameters", ()):
                        _tell_needed(parameter)
            for name in ("HTTPValidationError", "ValidationError"):
                made.get("components", {}).get("schemas", {}).pop(name, None)
            add_answer_examples(made)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _tell_needed(parameter: dict[str, Any]) -> None:
    schema = parameter["schema"]
    if schema.pop("x-needed", False):
        parameter["required"] = True
        kinds = [one for one in schema.pop("anyOf", ()) if one.get("type") != "null"]
        schema.update(*kinds[:1])


def methods_at(app: FastAPI, path: str) -> list[str]:
    """List the methods that an application takes at a path: of all its routes there, each of which knows its own alone."""
    paths = app.openapi()["paths"]
    items = [paths[path]] if path in paths else [item for name, item in paths.items() if compile_path(name)[0].match(path)]
    return sorted({method.upper() for item in items for method in _METHODS if method in item})
