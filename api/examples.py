"""Examples of answers for the OpenAPI document, put together from the examples of their fields."""

from collections.abc import Callable
from typing import Any, Final

__all__ = ["add_answer_examples", "made_example"]

_DEEPEST: Final = 12
_PLAIN: Final[dict[str, Any]] = {
    "string": "text",
    "integer": 1,
    "number": 0.5,
    "boolean": True,
    "null": None,
    "object": {},
}


def made_example(schema: dict[str, Any], components: dict[str, Any], depth: int = 0) -> Any:
    """
    Make an example of a schema: its own, or one put together from its parts.

    Examples
    --------
    >>> numbers = {"type": "array", "items": {"$ref": "#/components/schemas/A"}}
    >>> made_example(numbers, {"A": {"properties": {"n": {"examples": [7]}}}})
    [{'n': 7}]
    """
    told = [*schema.get("examples", ())[:1], *(schema[name] for name in ("example", "const", "default") if name in schema)]
    told += schema.get("enum", ())[:1]
    if told or depth > _DEEPEST:
        return told[0] if told else None

    def inner(part: dict[str, Any]) -> Any:
        return made_example(part, components, depth + 1)

    among = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    if "$ref" in schema:
        among.append(components[schema["$ref"].rpartition("/")[2]])
    if among:
        return inner(among[0])
    return _composed(schema, inner)


def _composed(schema: dict[str, Any], inner: Callable[[dict[str, Any]], Any]) -> Any:
    if "properties" in schema:
        return {name: inner(part) for name, part in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        return {"1": inner(schema["additionalProperties"])}
    if schema.get("type") == "array":
        parts = schema.get("prefixItems") or [schema.get("items", {})] * int(schema.get("minItems") or 1)
        return [inner(part) for part in parts]
    return _PLAIN.get(schema.get("type", "null"))


def add_answer_examples(document: dict[str, Any]) -> None:
    """Give every good answer in JSON an example, where it has none."""
    components = document.get("components", {}).get("schemas", {})
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                for kind, content in answer.get("content", {}).items():
                    if status.startswith("2") and kind.endswith("json") and not {"example", "examples"} & content.keys():
                        content["example"] = made_example(content.get("schema", {}), components)
