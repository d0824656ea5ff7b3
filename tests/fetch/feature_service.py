"""An ArcGIS feature service, as far as boundaries need it."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.fetch.server import Seen, Site

PATH = "/arcgis/rest/services/CSP_2023/FeatureServer"


def square(n: int) -> dict[str, Any]:
    """Give an area of a kilometre square, somewhere in the Midlands."""
    x, y = 400_000.0 + 1000 * (n % 20), 300_000.25 + 1000 * (n // 20)
    ring = [[x, y], [x + 1000, y], [x + 1000, y + 1000], [x, y + 1000], [x, y]]
    return {
        "type": "Feature",
        "id": n + 1,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"OBJECTID": n + 1, "CSP23CD": f"E22{n:06d}", "CSP23NM": f"Area {n} Ynys Môn"},
    }


@dataclass
class FeatureService:
    """`maximum` areas a page; the rest are ways in which real services differ, or fail."""

    areas: list[dict[str, Any]] = field(default_factory=lambda: [square(n) for n in range(130)])
    maximum: int = 40
    pages: bool = True
    edited: int | None = 1_700_000_000_000
    flag_in_properties: bool = False
    always_more: bool = False
    counted: int | None = None
    too_heavy_above: int | None = None
    says_crs: bool = True
    ignores_offset: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list)

    def put(self, site: Site) -> str:
        site.paths[PATH] = lambda _: self._json({"layers": [{"id": 0, "name": "CSP_2023"}], "tables": []})
        site.paths[f"{PATH}/0"] = self._layer
        site.paths[f"{PATH}/0/query"] = self._query
        return f"{site.url}{PATH}/0"

    @staticmethod
    def _json(content: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()

    def _layer(self, _: Seen) -> tuple[int, dict[str, str], bytes]:
        return self._json(
            {
                "currentVersion": 11.5,
                "id": 0,
                "name": "CSP_DEC_2023_EW_BFC",
                "type": "Feature Layer",
                "geometryType": "esriGeometryPolygon",
                "copyrightText": "Contains OS data",
                "maxRecordCount": self.maximum,
                "objectIdField": "OBJECTID",
                "advancedQueryCapabilities": {"supportsPagination": self.pages},
                "editingInfo": {"lastEditDate": self.edited} if self.edited else None,
            }
        )

    def _query(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        asked = {key: value[0] for key, value in seen.query.items()}
        if asked.get("returnCountOnly") == "true":
            return self._json({"count": len(self.areas) if self.counted is None else self.counted})
        if asked.get("returnIdsOnly") == "true":
            ids = [area["properties"]["OBJECTID"] for area in self.areas]
            return self._json({"objectIdFieldName": "OBJECTID", "objectIds": ids[::-1]})
        if asked.get("outSR") != "27700" or asked.get("f") != "geojson" or asked.get("outFields") != "*":
            return self._json({"error": {"code": 400, "message": "Invalid query parameters", "details": []}})
        if asked["where"] != "1=1":
            low, high = (int(part.rpartition(" ")[2]) for part in asked["where"].split(" AND "))
            found = [area for area in self.areas if low <= area["properties"]["OBJECTID"] <= high]
            offset, n = 0, len(found)
        elif not self.pages:
            return self._json({"error": {"code": 400, "message": "Pagination is not supported", "details": []}})
        else:
            found, offset, n = self.areas, int(asked["resultOffset"]), int(asked["resultRecordCount"])
        self.asked.append((offset, n))
        if self.too_heavy_above is not None and n > self.too_heavy_above:
            return self._json({"error": {"code": 500, "message": "Error performing query operation", "details": []}})
        offset = 0 if self.ignores_offset else offset
        page = found[offset : offset + min(n, self.maximum)]
        more = self.always_more or offset + len(page) < len(found)
        answer: dict[str, Any] = {"type": "FeatureCollection", "features": page}
        if self.says_crs:
            answer["crs"] = {"type": "name", "properties": {"name": "EPSG:27700"}}
        if more and self.flag_in_properties:
            answer["properties"] = {"exceededTransferLimit": True}
        elif more:
            answer["exceededTransferLimit"] = True
        return self._json(answer)
