"""
What every column of a release's data files means: for people as a table, for programs as CSV on the Web (W3C, 2015).

A number that is not there is one of three things, and they are told apart everywhere: nothing was recorded (0), nothing was
published (`no_data`), or the number is withheld (`suppressed`).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crimemap.language import marked
from crimemap.products.csv_files import write_csv

__all__ = ["COLUMNS", "DICTIONARY", "METADATA_FILE", "Column", "write_csv_metadata", "write_dictionary"]

#: Below `data/`: lists every CSV file with its columns, for programs that know CSV on the Web.
METADATA_FILE: Final = "csv-metadata.json"
_CONTEXT: Final = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
_SAME: Final = marked("never")


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of a table, or one property of a map's features.

    Attributes
    ----------
    file, name
        Of which file, and what it is called there.
    meaning
        In a few words.
    datatype
        As CSV on the Web names it.
    unit
        Of a number; empty where it is none, or counts.
    empty
        What a missing value means.
    """

    file: str
    name: str
    meaning: str
    datatype: str = "string"
    unit: str = ""
    empty: str = _SAME


_AREA: Final = (
    ("area_type", marked("force, pfa, bcu, county, ctyua, lad, csp or neighbourhood")),
    ("vintage", marked("which edition of the boundaries")),
    ("area_code", marked("official code, or the force's own for neighbourhoods")),
    ("area_name", marked("name of the area")),
)
_NOT_COUNTED: Final = marked("there is no number: status says why")
_WHOLE_FORCE: Final = marked("the row is of a force, which has no edition")
_DEGREES: Final = "degrees"
_INCIDENTS_PER_YEAR: Final = marked("recorded incidents in the latest 12 months")
_COMMON: Final = marked("category recorded most often there")
_STREET: Final = marked("name of the map point; incidents happened on or near it")
_PLACE: Final = marked("number of the map point; location_id in the API")
_MONTH: Final = "gYearMonth"

#: How some kinds of value are written.
_FORMATS: Final = {
    _MONTH: {"base": _MONTH, "format": "yyyy-MM"},
    "boolean": {"base": "boolean", "format": "True|False"},
}

COLUMNS: Final[tuple[Column, ...]] = (
    Column("counts.csv", *_AREA[0]),
    Column("counts.csv", *_AREA[1], empty=_WHOLE_FORCE),
    *(Column("counts.csv", *one) for one in _AREA[2:]),
    Column("counts.csv", "month", marked("year and month in which the incident is recorded to have happened"), _MONTH),
    Column("counts.csv", "offence_type", marked("category of data.police.uk; All is their sum")),
    Column(
        "counts.csv",
        "incidents",
        marked("recorded incidents at map points in the area; empty unless counted"),
        "integer",
        "incidents",
        _NOT_COUNTED,
    ),
    Column(
        "counts.csv",
        "status",
        marked("counted (0 is a real zero), no_data (nothing was published for the month), suppressed (too small)"),
    ),
    Column("streets.csv", "place_id", _PLACE, "integer"),
    Column("streets.csv", "street", _STREET),
    Column("streets.csv", "longitude", marked("degrees, WGS84"), "double", _DEGREES),
    Column("streets.csv", "latitude", marked("degrees, WGS84"), "double", _DEGREES),
    Column("streets.csv", "incidents", _INCIDENTS_PER_YEAR, "integer", "incidents"),
    Column("streets.csv", "most_common", _COMMON),
    Column("hotspots.csv", "cell", marked("H3 index of the hexagon")),
    Column("hotspots.csv", "longitude", marked("of the hexagon's centre, degrees, WGS84"), "double", _DEGREES),
    Column("hotspots.csv", "latitude", marked("of the hexagon's centre, degrees, WGS84"), "double", _DEGREES),
    Column("hotspots.csv", "area_m2", marked("area of the hexagon, square metres"), "double", "m²"),
    Column("hotspots.csv", "first_month", marked("first month counted"), _MONTH),
    Column("hotspots.csv", "last_month", marked("last month counted"), _MONTH),
    Column(
        "hotspots.csv",
        "incidents",
        marked("recorded incidents in these months; hexagons with none are left out"),
        "integer",
        "incidents",
    ),
    Column("hotspots.csv", "z", marked("Getis-Ord Gi* of the hexagon and its neighbours"), "double", "standard deviations"),
    Column("hotspots.csv", "p_value", marked("exact permutation probability of so high a sum"), "double", "probability"),
    Column(
        "hotspots.csv",
        "q_value",
        marked("p_value after Benjamini-Hochberg over every hexagon of the force, empty ones included"),
        "double",
        "probability",
    ),
    Column("hotspots.csv", "hotspot", marked("true where q_value is at most 0.05"), "boolean"),
    *(Column("changes.csv", *one) for one in (_AREA[0], *_AREA[2:])),
    Column("changes.csv", "offence_type", marked("category of data.police.uk; All is their sum")),
    Column(
        "changes.csv", "compared", marked("latest month with what was expected of it, or latest year with the year before")
    ),
    Column("changes.csv", "incidents", marked("recorded incidents in the latest month, or year"), "integer", "incidents"),
    *(
        Column("changes.csv", name, meaning, "integer", "incidents", marked("the row compares years"))
        for name, meaning in (
            ("expected_from", marked("smallest number expected of the month if nothing had changed")),
            ("expected_to", marked("largest number expected of the month if nothing had changed")),
        )
    ),
    Column(
        "changes.csv",
        "before",
        marked("recorded incidents in the same months a year before"),
        "integer",
        "incidents",
        marked("the row compares a month with what was expected"),
    ),
    Column("changes.csv", "verdict", marked("more or fewer than chance would explain")),
    *(
        Column(file, name, meaning)
        for file in ("boundary.geojson", "boundaries-*.geojson")
        for name, meaning in (
            ("code", _AREA[2][1]),
            ("name", _AREA[3][1]),
            ("type", _AREA[0][1]),
            ("vintage", _AREA[1][1]),
        )
    ),
    Column("points.geojson", "place_id", _PLACE, "integer"),
    Column("points.geojson", "street", _STREET),
    Column("points.geojson", "incidents", _INCIDENTS_PER_YEAR, "integer", "incidents"),
    Column("points.geojson", "most_common", _COMMON),
    Column("hotspots.geojson", "cell", marked("H3 index of the hexagon")),
    Column("hotspots.geojson", "incidents", _INCIDENTS_PER_YEAR, "integer", "incidents"),
    Column("hotspots.geojson", "hotspot", marked("true where q_value is at most 0.05"), "boolean"),
    Column(
        "hotspots.geojson",
        "q_value",
        marked("p_value after Benjamini-Hochberg over every hexagon of the force, empty ones included"),
        "double",
        "probability",
    ),
)

#: File, column, meaning: what pages and their translators need.
DICTIONARY: Final = tuple((one.file, one.name, one.meaning) for one in COLUMNS)


def write_dictionary(data: Path) -> None:
    """
    Write the dictionary for people.

    Parameters
    ----------
    data
        The folder of the data files.
    """
    rows = [(one.file, one.name, one.meaning, one.datatype, one.unit, one.empty) for one in COLUMNS]
    write_csv(data / "dictionary.csv", ("file", "column", "meaning", "type", "unit", "when empty"), rows)


def write_csv_metadata(data: Path, *, title: str, licences: Iterable[str]) -> int:
    """
    Write what CSV on the Web says of every CSV file that is there now and has columns in the dictionary.

    Parameters
    ----------
    data
        The folder of the data files; the metadata go into it.
    title
        Of the files together.
    licences
        What must be said beside the data.

    Returns
    -------
    int
        How many files are described.
    """
    described = sorted({one.file for one in COLUMNS if one.file.endswith(".csv")})
    folder = data / "schemas"
    folder.mkdir(parents=True, exist_ok=True)
    for file in described:
        _write_json(folder / f"{file.removesuffix('.csv')}.json", _schema(file))
    found = sorted(path for path in data.rglob("*.csv") if path.name in described)
    tables = [
        {
            "url": path.relative_to(data).as_posix(),
            "tableSchema": f"schemas/{path.stem}.json",
            "dialect": {"lineTerminators": ["\r\n", "\n"]},
        }
        for path in found
    ]
    group = {"@context": _CONTEXT, "dc:title": title, "dc:rights": list(licences), "tables": tables}
    _write_json(data / METADATA_FILE, group)
    return len(tables)


def _schema(file: str) -> dict[str, Any]:
    columns: list[dict[str, Any]] = []
    for one in [one for one in COLUMNS if one.file == file]:
        column: dict[str, Any] = {
            "name": one.name,
            "titles": one.name,
            "dc:description": one.meaning if one.empty == _SAME else f"{one.meaning}. Empty: {one.empty}.",
            "datatype": _FORMATS.get(one.datatype, one.datatype),
            "required": one.empty == _SAME,
        }
        if one.unit:
            column["schema:unitText"] = one.unit
        columns.append(column)
    return {"@context": _CONTEXT, "columns": columns}


def _write_json(path: Path, what: dict[str, Any]) -> None:
    path.write_text(json.dumps(what, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
