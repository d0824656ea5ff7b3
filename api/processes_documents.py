"""The documents of OGC API Processes, part 1: landing page, conformance, processes and their descriptions."""

from typing import Any, Final

from api.processes_offered import Offered
from crimemap import __version__
from crimemap.jobs.queue.outputs import FORMATS

__all__ = ["OPENAPI", "OUTPUTS", "conformance", "description", "landing", "link", "outputs_of", "processes"]

OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/"
_SPEC: Final = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
_CONFORMS: Final = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    *(f"{_SPEC}{name}" for name in ("core", "ogc-process-description", "json", "oas30", "job-list", "dismiss")),
)
#: What each file of results is.
OUTPUTS: Final = {
    "json": "The whole result for a program.",
    "csv": "The table.",
    "geojson": "The main layer, longitude and latitude.",
    "geopackage": "Every layer, styled for QGIS, EPSG:27700.",
    "geoparquet": "The main layer, EPSG:27700.",
    "geotiff": "The surface, EPSG:27700.",
    "png": "A figure.",
    "html": "A map, or a report, as one page to keep.",
    "pdf": "A report to print.",
}


def link(href: str, rel: str, kind: str = "application/json", title: str = "") -> dict[str, Any]:
    """Make a link."""
    made: dict[str, Any] = {"href": href, "rel": rel, "type": kind}
    return made | {"title": title} if title else made


def landing(base: str) -> dict[str, Any]:
    """Give the page that a client is pointed at."""
    return {
        "title": "crimemap for analysts",
        "description": "Hotspots, density, near repeat, back-tests, alignment and mergers as jobs.",
        "links": [
            link(f"{base}/", "self", title="This document"),
            link(f"{base}/definition", "service-desc", OPENAPI, "Definition of the interface"),
            link(f"{base}/jobs-page", "service-doc", "text/html", "A page to run analyses on"),
            link(f"{base}/conformance", f"{_REL}conformance", title="What it conforms to"),
            link(f"{base}/conformance", "conformance", title="What it conforms to"),
            link(f"{base}/processes", f"{_REL}processes", title="Processes"),
            link(f"{base}/jobs", f"{_REL}job-list", title="My jobs"),
        ],
    }


def conformance() -> dict[str, Any]:
    """List the conformance classes."""
    return {"conformsTo": list(_CONFORMS)}


def _summary(base: str, one: Offered) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "description": one.description,
        "version": __version__,
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["reference"],
        "links": [link(f"{base}/processes/{one.id}", "self", title="Description")],
    }


def processes(base: str, offered: list[Offered]) -> dict[str, Any]:
    """List processes."""
    return {
        "processes": [_summary(base, one) for one in offered],
        "links": [link(f"{base}/processes", "self")],
    }


def _input(name: str, schema: dict[str, Any], *, needed: bool) -> dict[str, Any]:
    return {
        "title": name.replace("_", " ").capitalize(),
        "description": schema.get("description", ""),
        "minOccurs": int(needed),
        "maxOccurs": 1,
        "schema": {key: value for key, value in schema.items() if key not in ("title", "description")},
    }


def outputs_of(formats: tuple[str, ...]) -> dict[str, Any]:
    """Describe what a job may write."""
    described = {}
    for name in formats:
        kind = FORMATS[name][1]
        schema: dict[str, Any] = {"type": "string", "contentMediaType": kind}
        if not kind.startswith("text/"):
            schema["contentEncoding"] = "binary"
        if name in ("json", "geojson"):
            schema = {"type": "object", "contentMediaType": kind}
        described[name] = {"title": name, "description": OUTPUTS[name], "schema": schema}
    return described


def description(base: str, one: Offered) -> dict[str, Any]:
    """Describe a process with its inputs and outputs."""
    execute = link(f"{base}/processes/{one.id}/execution", f"{_REL}execute", title="Run it (POST)")
    made = _summary(base, one)
    return made | {
        "inputs": {
            name: _input(name, schema, needed=name in one.schema["required"])
            for name, schema in one.schema["properties"].items()
        },
        "outputs": outputs_of(one.formats),
        "links": [*made["links"], execute],
    }
