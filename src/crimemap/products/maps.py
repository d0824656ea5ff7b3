"""
Hotspot maps to save and send, made with folium.

folium's own page loads eleven files from other servers and is full of inline script and style. Here Leaflet comes from the
release's assets, by relative path, and what folium wrote inline is put into files beside the page, so that the map works
from a web server under a strict Content-Security-Policy as well as from a copied folder. The legend is HTML, and the busiest
hotspots stand in a table below the map.
"""

from pathlib import Path
from typing import Any, ClassVar

import folium
import shapely
from jinja2 import Environment

from crimemap.products.classes import RAMP, class_breaks, class_words
from crimemap.products.hotspots import ForceHotspots
from crimemap.products.wording import period_words

__all__ = ["LocalMap", "write_hotspot_map"]

_IN_TABLE = 25


class LocalMap(folium.Map):
    """A folium map whose only script and style sheet are the release's own Leaflet."""

    default_js: ClassVar[list[tuple[str, str]]] = [("leaflet", "../assets/leaflet/leaflet.js")]
    default_css: ClassVar[list[tuple[str, str]]] = [("leaflet_css", "../assets/leaflet/leaflet.css")]


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
    hot = feature["properties"]["hotspot"]
    return {
        "fillColor": RAMP[feature["properties"]["class"]],
        "fillOpacity": 0.75,
        "color": "#0b0c0c" if hot else "#ffffff",
        "weight": 2.5 if hot else 0.5,
    }


def write_hotspot_map(
    env: Environment,
    one: ForceHotspots,
    boundary: str,
    site: Path,
    *,
    name: str,
    force_name: str,
    attributions: list[str],
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
    """
    folder = site / "maps"
    folder.mkdir(exist_ok=True)
    breaks = class_breaks(one.table["incidents"].to_numpy())
    west, south, east, north = shapely.total_bounds(one.polygons).tolist()
    made = LocalMap(tiles=None, zoom_control=True, control_scale=True, scrollWheelZoom=False)
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
        tooltip=folium.GeoJsonTooltip(["incidents", "verdict"], aliases=["Recorded incidents", "Verdict"]),
    )
    hexagons._id = "hexagons"  # noqa: SLF001
    hexagons.add_to(made)
    outline.add_to(made)
    made.fit_bounds([[south, west], [north, east]])
    figure = made.get_root()
    figure.render()
    script = figure.script.render()
    (folder / f"{name}.js").write_text(script, encoding="utf-8")
    hot = one.table[one.table["hotspot"]].sort_values(["incidents", "cell"], ascending=[False, True])
    page = env.get_template("saved_map.html").render(
        title=f"Hotspots of recorded incidents, {force_name}, {period_words(one.period)}",
        scripts=[path for _, path in LocalMap.default_js],
        styles=[path for _, path in LocalMap.default_css],
        map_html=figure.html.render(),
        script=f"{name}.js",
        legend=list(zip(class_words(breaks), RAMP, strict=False)),
        rows=hot.head(_IN_TABLE).to_dict("records"),
        n_hot=len(hot),
        n_tested=one.n_tested,
        force_name=force_name,
        period=period_words(one.period),
        attributions=attributions,
        data=f"../data/forces/{name}/",
    )
    (folder / f"{name}.html").write_text(page, encoding="utf-8")
