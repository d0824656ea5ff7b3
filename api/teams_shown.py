"""Incidents of a team as JSON, GeoJSON and CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from api.store.texts import json_bytes
from api.teams_incidents import Changes, Page
from crimemap.incidents.changes import COLUMNS
from crimemap.products.csv_files import unarmed

__all__ = ["INCIDENT_TYPES", "changes_answer", "page_answer"]

INCIDENT_TYPES: Final = {"json": "application/json", "geojson": "application/geo+json", "csv": "text/csv"}
_FIELDS: Final = (*COLUMNS, "category")


def page_answer(request: Request, page: Page, form: str) -> Response:
    """Answer with a page; the header `Link` and, where there is room, the body name the next."""
    following = str(request.url.include_query_params(cursor=page.next)) if page.next else None
    # A relative address: what stands in Host is the client's own word.
    following = following and f"?{following.partition('?')[2]}"
    missing = [one["month"] for one in page.months if one["status"] == "no_data"]
    headers = {"Vary": "Accept", "Crimemap-Matched": str(page.matched), "Crimemap-Since": page.since}
    if following:
        headers["Link"] = f'<{following}>; rel="next"'
    if missing:
        headers["Crimemap-No-Data"] = ",".join(missing)
    if form == "csv":
        headers["Content-Disposition"] = 'attachment; filename="incidents.csv"'
        return Response(_csv(page.incidents, _FIELDS), media_type="text/csv", headers=headers)
    said = {
        "force": page.area.force,
        "area_type": page.area.area_type,
        "area_code": page.area.area_code,
        "boundaries": page.area.set_id,
        "months": list(page.months),
        "matched": page.matched,
        "undated_left_out": page.undated,
        "next_cursor": page.next or None,
        "since": page.since,
    }
    if form == "json":
        body = said | {"incidents": list(page.incidents)}
    else:
        links = [{"rel": "next", "type": INCIDENT_TYPES["geojson"], "href": following}] if following else []
        body = {
            "type": "FeatureCollection",
            **said,
            "numberMatched": page.matched,
            "numberReturned": len(page.incidents),
            "links": links,
            "features": [_feature(one) for one in page.incidents],
        }
    return Response(json_bytes(body), media_type=INCIDENT_TYPES[form], headers=headers)


def changes_answer(found: Changes, form: str) -> Response:
    """Answer with what changed."""
    headers = {"Vary": "Accept", "Crimemap-Since": found.since}
    if form == "csv":
        headers["Content-Disposition"] = 'attachment; filename="changes.csv"'
        return Response(_csv(found.changes, ("change", *_FIELDS)), media_type="text/csv", headers=headers)
    said = {
        "force": found.area.force,
        "area_type": found.area.area_type,
        "area_code": found.area.area_code,
        "boundaries": found.area.set_id,
        "more": found.more,
        "since": found.since,
    }
    if form == "json":
        return Response(
            json_bytes(said | {"changes": list(found.changes)}), media_type=INCIDENT_TYPES[form], headers=headers
        )
    features = [_feature(one) for one in found.changes]
    body = json_bytes({"type": "FeatureCollection", **said, "features": features})
    return Response(body, media_type=INCIDENT_TYPES[form], headers=headers)


def _feature(one: dict[str, Any]) -> dict[str, Any]:
    properties = {name: value for name, value in one.items() if name not in ("id", "longitude", "latitude")}
    where = {"type": "Point", "coordinates": [one["longitude"], one["latitude"]]}
    return {"type": "Feature", "id": one["id"], "geometry": where, "properties": properties}


def _csv(rows: Sequence[dict[str, Any]], fields: tuple[str, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(fields)
    writer.writerows([unarmed(row[name]) for name in fields] for row in rows)
    return text.getvalue()
