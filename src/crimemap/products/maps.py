"""
Hotspot maps to save and send, made with folium.

folium's own page loads eleven files from other servers and is full of inline script and style. Here Leaflet comes from the
release's assets, by relative path, and what folium wrote inline is put into files beside the page, so that the map works
from a web server under a strict Content-Security-Policy as well as from a copied folder. The legend is HTML, and the busiest
hotspots stand in a table below the map.
"""

from pathlib import Path
from typing import Any, Final

import folium
import shapely
from jinja2 import Environment

from crimemap.products.classes import RAMP, class_breaks, class_words
from crimemap.products.hotspots import ForceHotspots
from crimemap.products.wording import period_words

__all__ = ["LocalMap", "write_hotspot_map"]


_SCRIPTS: Final = [("leaflet", "../assets/leaflet/leaflet.js")]
_STYLES: Final = [("leaflet_css", "../assets/leaflet/leaflet.css")]


class LocalMap(folium.Map):
    """A folium map whose only script and style sheet are the release's own Leaflet."""

    default_js = _SCRIPTS
    default_css = _STYLES


def _features(one: ForceHotspots, breaks: list[int]) -> dict[str, Any]:
    features = []
    for polygon, n, hot, q in zip(
        one.polygons, one.table["incidents"], one.table["hotspot"], one.table["q_value"], strict=True
    ):
        level = sum(int(n) >= low for low in breaks) - 1
        ring = [[round(x, 5), round(y, 5)] for x, y in shapely.get_coordinates(polygon).tolist()]
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {
                    "incidents": int(n),
                    "class": min(level, len(RAMP) - 1),
                    "hotspot": bool(hot),
                    "verdict": f"hotspot (q = {q:.3g})" if hot else "no more than chance would explain",
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    # The thin line keeps a hexagon visible where it is smaller than a pixel.
    colour = RAMP[feature["properties"]["class"]]
    return {"fillColor": colour, "fillOpacity": 0.9, "color": colour, "weight": 0.5}


def write_hotspot_map(
    env: Environment,
    one: ForceHotspots,
    boundary: str,
    site: Path,
    *,
    name: str,
    force_name: str,
    attributions: list[str],
    busiest: list[dict[str, Any]],
    area_type: str,
    source: str,
) -> None:
    """
    Write one force's map: `maps/<name>.html` with its script and its style sheet.

    Parameters
    ----------
    env
        Where the page's template is.
    boundary
        GeoJSON of the force's area, or of its neighbourhoods.
    site
        The site's root.
    name
        Of the files.
    force_name, attributions
        Said on the page.
    busiest
        Rows of the table: street, area, incidents.
    area_type
        Heading of the column of areas; empty for none.
    source
        Said below the map.
    """
    folder = site / "maps"
    folder.mkdir(exist_ok=True)
    breaks = class_breaks(one.table["incidents"].to_numpy())
    west, south, east, north = shapely.total_bounds(one.polygons).tolist()
    made = LocalMap(tiles=None, zoom_control=True, control_scale=True, scrollWheelZoom=False, zoomSnap=0.25)
    made._id = "hotspots"  # noqa: SLF001 - else a random number: the same release would not be the same files
    outline = folium.GeoJson(
        boundary,
        name="Boundaries",
        style_function=lambda _: {"color": "#6b7478", "weight": 1, "fill": False},
        interactive=False,
    )
    outline._id = "boundaries"  # noqa: SLF001
    hexagons = folium.GeoJson(
        _features(one, breaks),
        name="Hexagons",
        style_function=_style,
        smooth_factor=0,
        tooltip=folium.GeoJsonTooltip(["incidents", "verdict"], aliases=["Recorded incidents", "Verdict"]),
    )
    hexagons._id = "hexagons"  # noqa: SLF001
    outline.add_to(made)
    hexagons.add_to(made)
    if one.table["hotspot"].any():
        around = shapely.union_all(shapely.set_precision(one.polygons[one.table["hotspot"].to_numpy()], 1e-7))
        edge = folium.GeoJson(
            shapely.to_geojson(around),
            name="Hotspots",
            style_function=lambda _: {"color": "#0b0c0c", "weight": 2, "fill": False},
            interactive=False,
        )
        edge._id = "hotspot_outlines"  # noqa: SLF001
        edge.add_to(made)
    made.fit_bounds([[south, west], [north, east]])
    figure: Any = made.get_root()
    figure.render()
    script = figure.script.render()
    (folder / f"{name}.js").write_text(script, encoding="utf-8")
    page = env.get_template("saved_map.html").render(
        title=f"Hotspots of recorded incidents, {force_name}, {period_words(one.period)}",
        scripts=[path for _, path in _SCRIPTS],
        styles=[path for _, path in _STYLES],
        map_html=figure.html.render(),
        script=f"{name}.js",
        legend=list(zip(class_words(breaks), RAMP, strict=False)),
        rows=busiest,
        area_type=area_type,
        source=source,
        n_hot=int(one.table["hotspot"].sum()),
        n_tested=one.n_tested,
        force_name=force_name,
        period=period_words(one.period),
        attributions=attributions,
        data=f"../data/forces/{name}/",
    )
    (folder / f"{name}.html").write_text(page, encoding="utf-8")
