"""
What a document cannot say of parameters that depend on each other, for schemathesis.

Whatever the document allows is generated as it was; where two parameters have to go together, or one is known to the server
alone (an area of the release, a page to go on with), the request is changed to one that holds, so that a 400 is a failure.
What the tool makes to be refused is left as it is.
"""

import hashlib
import os
import re
from collections.abc import Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import requests
import schemathesis
from schemathesis import GenerationMode

from crimemap.areas.team_fields import KINDS

Given = MutableMapping[str, Any]
WEST, SOUTH = -1.2, 52.6


def drawn(text: object, most: int) -> int:
    """Give a whole number below `most`, the same for the same text."""
    return int.from_bytes(hashlib.sha256(repr(text).encode()).digest()[:6], "big") % most


def degrees(text: object, least: float) -> str:
    return f"{least + drawn(text, 3000) / 10_000:.4f}"


def ring(text: object) -> str:
    """Give three points or more that make an area, as the police API has it."""
    y, x = float(degrees(text, SOUTH)), float(degrees((text, "x"), WEST))
    corners = [(y, x), (y + 0.02, x), (y + 0.02, x + 0.03), (y, x + 0.03)][: 3 + drawn(text, 2)]
    return ":".join(f"{a:.4f},{b:.4f}" for a, b in corners)


def given_by(case: Any) -> Given:
    """Give where a request's parameters are: the form of a POST, the address otherwise."""
    if case.method.upper() == "POST":
        if not isinstance(case.body, dict):
            case.body = {}
            case.media_type = "application/x-www-form-urlencoded"
        return case.body  # type: ignore[no-any-return]
    return case.query  # type: ignore[no-any-return]


def at_a_place(case: Any, *, ways: tuple[str, ...]) -> None:
    """Say where in one of the ways there are: the first that was generated, or else a latitude with its longitude."""
    given = given_by(case)
    for name in ways:
        if given.get(name):
            given[name] = ring(given[name]) if name == "poly" else str(drawn(given[name], 10**6))
            break
    given |= {"lat": degrees(given.get("lat"), SOUTH), "lng": degrees(given.get("lng"), WEST)}


def within_a_radius(query: Given) -> None:
    if query.get("radius"):
        query["radius"] = str(drawn(query["radius"], 30_000))


def near_a_position(case: Any) -> None:
    """Give a position under one of its two names, unless the beginning of a postcode is asked for."""
    query = case.query
    if str(query.get("q") or query.get("query") or "").strip() and not (query.get("lat") or query.get("latitude")):
        return
    long = query.get("latitude") or query.get("longitude")
    for name in ("lon", "lat", "longitude", "latitude"):
        query.pop(name, None)
    y, x = ("latitude", "longitude") if long else ("lat", "lon")
    query |= {y: degrees(long, SOUTH), x: degrees(long, WEST)}
    within_a_radius(query)


def _asked(case: Any, path: str) -> Any:
    return requests.get(f"{case.operation.base_url.rstrip('/')}{path}", timeout=20).json()


def with_known_units(case: Any) -> None:
    """Name sets that the release compares and units that they have, merged by neighbours of one force."""
    body = case.body
    if not isinstance(body, dict):
        return
    sets = _asked(case, "/v1/alignment")["planning"][0]
    asked = _asked(case, f"/v1/alignment/planning/{sets['units']}/{sets['targets']}")
    unit = next(one for one in asked["units"] if one["neighbours"])
    body |= sets
    if not case.operation.path.endswith("/searches"):
        if body.get("scenario"):
            body["scenario"] = {"merge": [{"units": [unit["code"], unit["neighbours"][0]], "name": "North"}]}
        if body.get("options"):
            body["options"] = {"spread": {"distance_km": 1 + drawn(body["options"], 60)}}
    elif body.get("options"):
        body["options"] = {"forces": [asked["forces"][0]["code"]], "objective": "misfit", "max_members": 4}


def many_postcodes(case: Any) -> None:
    """Send no more than is read: other values may be numbers and texts that are refused for their size."""
    within_a_radius(case.query)
    if case.media_type == "application/x-www-form-urlencoded":
        case.body = {"postcodes": case.body.get("postcodes") or ["CB2 1TN"]}
        return
    for name in set(case.body) - {"postcodes", "geolocations"}:
        del case.body[name]
    for name, given in case.body.items():
        case.body[name] = [str(one)[:100] if name == "postcodes" else {"longitude": 0.1, "latitude": 52.2} for one in given]


def in_order(given: Given, first: str, last: str) -> None:
    """Let a period not end before it begins; a month is before its days."""
    if given.get(first) and given.get(last) and str(given[last])[:7] <= str(given[first])[:7]:
        given[last] = given[first]


def of_incidents(case: Any) -> None:
    """
    Ask by offence type or by category, for a period that there can be, and go on after a page that was given.

    A cursor goes on with the question that it was given for, and a token of changes is the server's own.
    """
    query = case.query
    if query.get("offence_type"):
        query.pop("category", None)
    in_order(query, "from", "to")
    if query.pop("cursor", None) and _PAGES:
        for name, value in _PAGES.items():
            query.pop(name, None)
            query |= {name: value} if value else {}
    if query.pop("since", None):
        query |= _TOKENS


def briefed(case: Any) -> None:
    """Give both ends of a period that is not too long, or a shift that ends after it begins."""
    query = case.query
    if query.get("shift"):
        night = 1 + drawn(query["shift"], 27)
        query["shift"] = f"2025-12-{night:02d}T22:00/2025-12-{night + 1:02d}T07:00"
        query.pop("from", None)
        query.pop("to", None)
    elif query.get("from") or query.get("to"):
        day = 1 + drawn((query.get("from"), query.get("to")), 24)
        query |= {"from": f"2025-12-{day:02d}", "to": f"2025-12-{day + 6:02d}"}


def of_one_kind(case: Any) -> None:
    """Write a text of the kind whose fields it has, with words where they are needed, its dates in order."""
    body = case.body
    if not isinstance(body, dict):
        return
    kind = next((one for one, fields in KINDS.items() if body.keys() <= fields.keys() and _needed(one) <= body.keys()), None)
    if kind is None:
        return
    case.path_parameters["kind"] = kind
    for name in _needed(kind) & {"issue", "title", "text"}:
        # Of markup, blanks and control characters nothing may be left.
        if not re.fullmatch(r"[^<>&]*\w[^<>&]*", body[name]):
            body[name] = "<p>Speeding</p>"
    for first, last in (("issue-date", "action-date"), ("start_date", "end_date"), ("date", "until")):
        if body.get(first) and body.get(last) and str(body[last])[:10] <= str(body[first])[:10]:
            del body[last]


def analysed(case: Any) -> None:
    """Ask for an analysis, with inputs that it takes, of an area that the token reaches, and do not wait for a worker."""
    body = case.body
    if not isinstance(body, dict):
        return
    case.path_parameters["process_id"] = ("hotspots", "gistar", "emerging")[drawn(body, 3)]
    body["inputs"] = {"area": os.environ["TEAM_AREA"], "offence": "burglary"}
    if body.get("outputs"):
        body["outputs"] = {"geojson": {}}
    case.headers["Prefer"] = "respond-async"


def _needed(kind: str) -> set[str]:
    return {name for name, (_, needed, _) in KINDS[kind].items() if needed}


#: What the server gave to go on with.
_PAGES: dict[str, Any] = {}
_TOKENS: dict[str, Any] = {}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remember what the server gave to go on with, and the question that it was given for."""
    if response.status_code != HTTPStatus.OK or not case.operation.path.startswith("/teams/me/incidents"):
        return
    try:
        said = response.json()
    except ValueError:  # a CSV file
        return
    if case.operation.path == "/teams/me/incidents" and said.get("next_cursor"):
        _PAGES.clear()
        asked = ("area", "offence_type", "category", "from", "to", "outcome")
        _PAGES.update({name: case.query.get(name) for name in asked} | {"cursor": said["next_cursor"]})
    if case.operation.path == "/teams/me/incidents/changes" and said.get("since"):
        _TOKENS["since"] = said["since"]


RULES: list[tuple[str, Callable[[Any], None]]] = [
    (r"/api/crimes-at-location", lambda case: at_a_place(case, ways=("location_id",))),
    (r"/api/outcomes-at-location", lambda case: at_a_place(case, ways=("location_id", "poly"))),
    (r"/api/(crimes-street/.*|stops-street)", lambda case: at_a_place(case, ways=("poly",))),
    (r"/postcodesio/(postcodes|outcodes)", lambda case: near_a_position(case) if case.method == "GET" else None),
    (r"/postcodesio/postcodes", lambda case: many_postcodes(case) if case.method == "POST" else None),
    (r"/teams/me/incidents(/changes)?", of_incidents),
    (r"/processes/\{process_id\}/execution", analysed),
    (r"/teams/me/briefing", briefed),
    (r"/teams/me/texts/\{kind\}(/\{identifier\})?", of_one_kind),
    (r"/v1/alignment/(scenarios|reports|searches)", with_known_units),
]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Make what has to go together go together, in what is to be accepted."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    for path, rule in RULES:
        if re.fullmatch(path, case.operation.path):
            rule(case)
