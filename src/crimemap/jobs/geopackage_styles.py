"""Styles inside a GeoPackage: the table that QGIS reads a layer's default style from."""

import itertools
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

__all__ = ["classes_style", "embed_styles", "lines_style", "outline_style", "points_style"]

_TABLE: Final = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT '2000-01-01T00:00:00.000Z')
"""
_EDGE: Final = "#0b0c0c"
_STYLE: Final = "<!DOCTYPE qgis>\n<qgis version='3.34' styleCategories='Symbology'>{}</qgis>\n"


def embed_styles(path: Path, styles: Mapping[str, str]) -> None:
    """
    Write styles into a GeoPackage, each the default of its layer.

    Parameters
    ----------
    path
        A GeoPackage that has the layers.
    styles
        QGIS's XML by layer.
    """
    if not styles:
        return
    with closing(sqlite3.connect(path)) as con, con:
        con.execute(_TABLE)
        con.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', 'styles of QGIS', '2000-01-01T00:00:00.000Z')"
        )
        for layer, style in styles.items():
            row = con.execute("SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", [layer]).fetchone()
            con.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
                "styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, '', 1, '', '')",
                [layer, row[0], layer, style],
            )


def _options(given: Mapping[str, str]) -> str:
    inner = "".join(f"<Option name='{name}' type='QString' value={quoteattr(value)}/>" for name, value in given.items())
    return f"<Option type='Map'>{inner}</Option>"


def _symbol(name: str, kind: str, layer: str, given: Mapping[str, str]) -> str:
    drawn = f"<layer class='{layer}' enabled='1' locked='0' pass='0'>{_options(given)}</layer>"
    return f"<symbol name='{name}' type='{kind}' alpha='1' clip_to_extent='1' force_rhr='0'>{drawn}</symbol>"


def _fill(name: str, given: Mapping[str, str]) -> str:
    return _symbol(name, "fill", "SimpleFill", given)


def _colour(code: str) -> str:
    return ",".join(str(int(code[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"


def classes_style(field: str, breaks: Sequence[float], colours: Sequence[str]) -> str:
    """
    Fill areas by the class that a field falls in, without outlines.

    Parameters
    ----------
    field
        Name of the column.
    breaks
        Shape (n + 1,). Ends of the classes, ascending.
    colours
        Shape (n,). Written as #rrggbb.

    Examples
    --------
    >>> classes_style("density", [0, 1, 2], ["#ffffff", "#000000"]).count("<range ")
    2
    """
    ranges = "".join(
        f"<range lower='{low!r}' upper='{high!r}' symbol='{k}' label='{low:,.4g} to {high:,.4g}' render='true'/>"
        for k, (low, high) in enumerate(itertools.pairwise(breaks))
    )
    symbols = "".join(
        _fill(str(k), {"color": _colour(code), "style": "solid", "outline_style": "no"}) for k, code in enumerate(colours)
    )
    return _STYLE.format(
        f"<renderer-v2 type='graduatedSymbol' attr={quoteattr(field)} graduatedMethod='GraduatedColor' symbollevels='0' "
        f"enableorderby='0' forceraster='0'><ranges>{ranges}</ranges><symbols>{symbols}</symbols></renderer-v2>"
    )


def outline_style(colour: str = _EDGE) -> str:
    """Draw areas as outlines alone."""
    given = {"style": "no", "outline_color": _colour(colour), "outline_width": "0.4", "outline_style": "solid"}
    return _STYLE.format(
        "<renderer-v2 type='singleSymbol' symbollevels='0' enableorderby='0' forceraster='0'>"
        f"<symbols>{_fill('0', given)}</symbols></renderer-v2>"
    )


def points_style(field: str, marks: Mapping[str, tuple[str, str, float]]) -> str:
    """
    Mark points by what a field says of them.

    Parameters
    ----------
    field
        Name of the column.
    marks
        Shape of QGIS, colour as #rrggbb and size in millimetres by value: those that come later are told last.

    Examples
    --------
    >>> points_style("role", {"follower": ("circle", "#94c3d5", 2.0)}).count("<category ")
    1
    """
    categories = "".join(
        f"<category value={quoteattr(value)} type='string' symbol='{k}' label={quoteattr(value)} render='true'/>"
        for k, value in enumerate(marks)
    )
    symbols = "".join(
        _symbol(
            str(k),
            "marker",
            "SimpleMarker",
            {"name": shape, "color": _colour(code), "size": f"{size:g}", "outline_color": _colour(_EDGE)},
        )
        for k, (shape, code, size) in enumerate(marks.values())
    )
    return _STYLE.format(
        f"<renderer-v2 type='categorizedSymbol' attr={quoteattr(field)} symbollevels='0' enableorderby='0' forceraster='0'>"
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
    )


def lines_style(colour: str) -> str:
    """Draw lines in one colour."""
    given = {"line_color": _colour(colour), "line_width": "0.4", "line_style": "solid"}
    return _STYLE.format(
        "<renderer-v2 type='singleSymbol' symbollevels='0' enableorderby='0' forceraster='0'>"
        f"<symbols>{_symbol('0', 'line', 'SimpleLine', given)}</symbols></renderer-v2>"
    )
