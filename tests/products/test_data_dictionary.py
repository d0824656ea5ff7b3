"""The dictionary describes every column of every file that a release has, no more and no less, for people and programs."""

import csv
import json
from fnmatch import fnmatch

import pytest

from crimemap.products.data_dictionary import COLUMNS, METADATA_FILE

KNOWN = {file: [one for one in COLUMNS if one.file == file] for file in {one.file for one in COLUMNS}}
#: Not tables of data: the dictionary itself, and what maps alone read.
DRAWN_ONLY = {"density.geojson", "map.geojson"}


@pytest.fixture(scope="module", params=["built", "confidential"])
def data(request):
    return request.getfixturevalue(request.param).path / "site" / "data"


def test_every_csv_file_has_its_columns_described_in_their_order(data):
    files = [path for path in data.rglob("*.csv") if path.name != "dictionary.csv"]
    assert len(files) > 30
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert header == [one.name for one in KNOWN[path.name]], path.name


def test_every_property_of_a_geojson_file_is_described(data):
    for path in data.rglob("*.geojson"):
        if path.name in DRAWN_ONLY:
            continue
        (described,) = [rows for name, rows in KNOWN.items() if fnmatch(path.name, name)]
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            if feature["properties"].get("layer") != "outline":  # drawn around hotspots, no data
                assert set(feature["properties"]) <= {one.name for one in described}, path.name


def test_no_column_is_described_twice_or_for_no_file(data):
    keys = [(one.file, one.name) for one in COLUMNS]
    assert len(set(keys)) == len(keys)
    names = {path.name for path in data.rglob("*.*")}
    assert all(any(fnmatch(name, file) for name in names) for file in KNOWN)


def test_the_dictionary_says_of_each_column_its_unit_and_what_empty_means(data):
    with (data / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["column"]) for row in rows] == [(one.file, one.name) for one in COLUMNS]
    assert all(row["meaning"] and row["type"] and row["when empty"] for row in rows)
    assert all(row["unit"] for row in rows if row["type"] == "double")


def test_the_metadata_list_every_csv_file_and_their_values_fit(data):
    group = json.loads((data / METADATA_FILE).read_text(encoding="utf-8"))
    assert group["@context"][0] == "http://www.w3.org/ns/csvw"
    listed = {table["url"]: json.loads((data / table["tableSchema"]).read_text()) for table in group["tables"]}
    assert set(listed) == {p.relative_to(data).as_posix() for p in data.rglob("*.csv") if p.name != "dictionary.csv"}
    fits = {
        "string": lambda _: True,
        "integer": lambda text: text.lstrip("-").isdigit(),
        "double": lambda text: isinstance(float(text), float),
        "boolean": lambda text: text in {"True", "False"},
        "gYearMonth": lambda text: len(text) == 7 and text[4] == "-",
    }
    for url, schema in listed.items():
        with (data / url).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for column in schema["columns"]:
            kind = column["datatype"] if isinstance(column["datatype"], str) else column["datatype"]["base"]
            values = {row[column["name"]] for row in rows}
            assert not (column["required"] and "" in values), (url, column["name"])
            assert all(fits[kind](value) for value in values if value), (url, column["name"])


def test_an_empty_number_is_never_a_zero(data):
    for path in data.rglob("counts.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert (row["incidents"] == "") == (row["status"] != "counted")
