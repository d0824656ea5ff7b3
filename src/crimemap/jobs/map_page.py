"""
A map of results as one page of HTML that needs nothing else: Leaflet is written into it, and no tiles are fetched.

A background from a map server would tell that server where somebody is looking, which for confidential incidents is a leak.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import folium
import geopandas as gpd
import pandas as pd
import shapely

from crimemap.crs import NATIONAL_GRID
from crimemap.errors import NotFoundError
from crimemap.products.maps import LocalMap
from crimemap.records import plain
from crimemap.resources import web_path

__all__ = ["MapColumn", "map_page"]

#: Fill and its strength, outline and its width; told from each other by lightness, too.
_LOOKS: Final = (("#d4351c", 0.15, "#0b0c0c", 2.0), ("#d4351c", 0.6, "#d4351c", 0.5), ("#b1b4b6", 0.5, "#6b7478", 1.0))
#: The study area's outline needs no more detail on a page.
_SIMPLER_M: Final = 25.0
_MOST_ROWS: Final = 200
_MARGIN_M: Final = 2000.0


@dataclass(frozen=True, slots=True)
class MapColumn:
    """A column of the table below the map and of the words over a shape: its field, its heading, its digits."""

    field: str
    heading: str
    digits: int = 0


def _said(value: object, digits: int) -> str:
    known = plain(value)
    if known is None:
        return "-"
    return f"{known:,.{digits}f}" if isinstance(known, int | float) and not isinstance(known, bool) else str(known)


def _held(frame: gpd.GeoDataFrame, columns: Sequence[MapColumn]) -> list[MapColumn]:
    """Leave out columns that the frame has not, or has no value in."""
    return [one for one in columns if one.field in frame and (frame.empty or frame[one.field].notna().any())]


def _layer(frame: gpd.GeoDataFrame, name: str, number: int, columns: Sequence[MapColumn]) -> Any:
    fill, strength, line, width = _LOOKS[min(number, len(_LOOKS) - 1)]
    held = _held(frame, columns)
    told = pd.DataFrame({column.field: [_said(value, column.digits) for value in frame[column.field]] for column in held})
    shown = gpd.GeoDataFrame(told, geometry=frame.geometry.to_numpy(), crs=frame.crs).to_crs(4326)
    made = folium.GeoJson(
        shown.to_json(),
        name=name,
        style_function=lambda _: {"fillColor": fill, "color": line, "weight": width, "fillOpacity": strength},
        tooltip=folium.GeoJsonTooltip([each.field for each in held], aliases=[each.heading for each in held])
        if held
        else None,
    )
    made._id = f"layer_{number}"  # noqa: SLF001 - else a random number: the same result would not be the same file
    return made


def _outline(around: Any) -> Any:
    shape = gpd.GeoSeries([shapely.simplify(around, _SIMPLER_M)], crs=NATIONAL_GRID).to_crs(4326)
    made = folium.GeoJson(
        shape.to_json(),
        name="Study area",
        style_function=lambda _: {"color": "#6b7478", "weight": 1, "fillColor": "#ffffff", "fillOpacity": 1},
        interactive=False,
    )
    made._id = "study_area"  # noqa: SLF001
    return made


def map_page(
    layers: Mapping[str, gpd.GeoDataFrame], *, title: str, said: str, columns: Sequence[MapColumn], around: Any = None
) -> str:
    """
    Draw layers of shapes with a legend, words over each shape, and a table of the first layer.

    Parameters
    ----------
    layers
        By name, the main one first; EPSG:27700. Drawn in reverse order, so that the main one lies on top.
    title, said
        Heading and a sentence below it.
    columns
        Of the table.
    around
        Polygons to outline as a background: the study area, EPSG:27700. None for none.

    Raises
    ------
    NotFoundError
        If Leaflet is not in this installation.
    """
    made = LocalMap(tiles=None, zoom_control=True, control_scale=True, prefer_canvas=True)
    made._id = "results"  # noqa: SLF001
    if around is not None:
        _outline(around).add_to(made)
    filled = {name: frame for name, frame in layers.items() if len(frame)}
    for number, (name, frame) in reversed(list(enumerate(filled.items()))):
        _layer(frame, name, number, columns).add_to(made)
    control = folium.LayerControl(collapsed=False)
    control._id = "layers"  # noqa: SLF001
    control.add_to(made)
    main = next(iter(filled.values()), None)
    if main is not None:
        bounds = main.geometry.buffer(_MARGIN_M / 10).to_crs(4326).total_bounds.tolist()
        made.fit_bounds([[bounds[1], bounds[0]], [bounds[3], bounds[2]]])
    figure: Any = made.get_root()
    figure.render()
    folder = web_path() / "leaflet"
    try:
        script = (folder / "leaflet.js").read_text(encoding="utf-8")
        style = (folder / "leaflet.css").read_text(encoding="utf-8")
    except OSError as error:
        raise NotFoundError("Leaflet is not here", where=str(folder), fix="Build it with 'make assets'.") from error
    legend = "".join(
        f'<li><span style="background:{fill}{round(255 * strength):02x};border:{width}px solid {line}"></span>'
        f"{html.escape(name)}</li>"
        for name, (fill, strength, line, width) in zip(filled, _LOOKS, strict=False)
    )
    # A closing tag inside a name would end the script.
    drawn = figure.script.render().replace("</", "<\\/")
    return _PAGE.format(
        title=html.escape(title),
        said=html.escape(said),
        style=style,
        script=script.replace("</script", "<\\/script"),
        map=figure.html.render(),
        drawn=drawn,
        legend=legend,
        table=_table(next(iter(layers.values())), columns),
    )


def _table(frame: gpd.GeoDataFrame, columns: Sequence[MapColumn]) -> str:
    held = _held(frame, columns)
    numeric = {column.field: pd.api.types.is_numeric_dtype(frame[column.field]) for column in held}
    kind = {column.field: ' class="number"' if numeric[column.field] else "" for column in held}
    heads = "".join(f'<th scope="col"{kind[column.field]}>{html.escape(column.heading)}</th>' for column in held)
    rows = "".join(
        "<tr>"
        + "".join(f"<td{kind[one.field]}>{html.escape(_said(row[one.field], one.digits))}</td>" for one in held)
        + "</tr>"
        for _, row in frame.head(_MOST_ROWS).iterrows()
    )
    more = f"<p>{len(frame) - _MOST_ROWS:,} more are not shown.</p>" if len(frame) > _MOST_ROWS else ""
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}"


_PAGE: Final = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}
body {{ font: 1rem/1.4 Arial, sans-serif; color: #0b0c0c; margin: 1rem auto; max-width: 70rem; padding: 0 1rem; }}
.folium-map {{ height: 34rem; width: 100%; background: #f3f2f1; }}
ul {{ list-style: none; padding: 0; display: flex; gap: 1.5rem; }}
ul span {{ display: inline-block; width: 1em; height: 1em; margin-right: .4em; vertical-align: middle; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #b1b4b6; }}
.number {{ text-align: right; }}
/* The map and its key stay the light sheet that their colours are made for. Paper is never dark. */
@media screen and (prefers-color-scheme: dark) {{
:root {{ color-scheme: dark; }}
body {{ color: #f1f4f5; background: #12191c; }}
th, td {{ border-bottom-color: #46545a; }}
.folium-map, ul {{ color-scheme: light; color: #0b0c0c; background: #fcfdfd; }}
ul {{ padding: .5rem 1rem; }}
}}
</style>
<script>{script}</script>
</head>
<body>
<h1>{title}</h1>
<p>{said}</p>
{map}
<ul>{legend}</ul>
{table}
<script>{drawn}</script>
</body>
</html>
"""
