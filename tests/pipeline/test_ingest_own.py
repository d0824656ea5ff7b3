"""A force's own records: described in TOML, read from CSV, Parquet or GeoPackage."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from crimemap.crs import to_national_grid, to_wgs84
from crimemap.errors import ConflictError, InputError, NotFoundError, ParameterError, UnreadableFileError
from crimemap.incidents import own_batches
from crimemap.incidents.store import IncidentStore
from crimemap.pipeline.ingest import coverage, ingest
from crimemap.workspace import Workspace
from tests.incidents.made import csv_text, name_of, street_row, zip_of

TOML = """
name = "demo-records"
kind = "confidential"
force = "west-demoshire"
crs = "EPSG:27700"

[columns]
id = "ref"
offence_type = "offence"
occurred_from = "from"
occurred_to = "to"
easting = "x"
northing = "y"
location = "street"

[offence_types]
"BURGLARY DWELLING" = "Burglary"
"THEFT OF MV" = "Vehicle crime"
"""

ROWS = pd.DataFrame(
    {
        "ref": ["A/1", "A/2", "A/3", "A/4"],
        "offence": ["BURGLARY DWELLING", "THEFT OF MV", "BURGLARY DWELLING", "THEFT OF MV"],
        "from": ["2024-01-31 22:00", "2024-02-01 00:30", "2024-02-29", "2024-03-05T10:15:30"],
        "to": ["2024-02-01 06:00", "2024-02-01 00:30", "2024-03-01", ""],
        "x": ["318000.5", "318010", "", "330000"],
        "y": ["176000.5", "176020", "", "170000"],
        "street": ["Mill Lane", "", "High Street", "1, The Close"],
    }
)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


def described(tmp_path, text=TOML):
    path = tmp_path / "source.toml"
    path.write_text(text)
    return path


def csv_of(tmp_path, frame, name="own.csv", **options):
    frame.to_csv(tmp_path / name, index=False, **options)
    return tmp_path / name


def rows_of(
    workspace, columns="crime_id, month, offence_type, place_id, location, CAST(occurred_from AS VARCHAR), kind, source"
):
    with IncidentStore(workspace).connect() as con:
        return con.sql("FROM incidents").project(columns).order("crime_id").fetchall()


def test_own_records_are_stored_with_their_times_positions_and_kind(workspace, tmp_path):
    result = ingest(workspace, [csv_of(tmp_path, ROWS)], source=described(tmp_path))
    assert rows_of(workspace) == [
        ("A/1", "2024-01", "Burglary", 1, "Mill Lane", "2024-01-31 22:00:00", "confidential", "demo-records"),
        ("A/2", "2024-02", "Vehicle crime", 2, None, "2024-02-01 00:30:00", "confidential", "demo-records"),
        ("A/3", "2024-02", "Burglary", None, "High Street", "2024-02-29 00:00:00", "confidential", "demo-records"),
        ("A/4", "2024-03", "Vehicle crime", 3, "1, The Close", "2024-03-05 10:15:30", "confidential", "demo-records"),
    ]
    [file] = result["files"]
    assert (file["read"], file["stored"], file["quarantined"]) == (4, 4, 0)
    assert file["months"] == ["2024-01", "2024-02", "2024-03"]
    with IncidentStore(workspace).connect() as con:
        places = con.execute("SELECT easting, northing FROM places ORDER BY place_id").fetchall()
    expected = [(318000.5, 176000.5), (318010, 176020), (330000, 170000)]
    assert places == [pytest.approx(place, abs=0.15) for place in expected]
    assert {(row["source"], row["source_kind"], row["status"]) for row in coverage(workspace)["rows"]} == {
        ("demo-records", "confidential", "loaded")
    }


@pytest.mark.parametrize("form", ["parquet", "gpkg", "semicolons", "cp1252"])
def test_the_same_records_in_another_format_are_the_same_incidents(tmp_path, form):
    first, second = Workspace(tmp_path / "one"), Workspace(tmp_path / "two")
    frame = ROWS.assign(street=["Café Lane", "", "High Street", "The Close"])
    ingest(first, [csv_of(tmp_path, frame)], source=described(tmp_path))
    text = TOML
    if form == "parquet":
        typed = frame.assign(**{name: pd.to_datetime(frame[name], format="ISO8601") for name in ("from", "to")})
        typed = typed.assign(x=pd.to_numeric(typed["x"]), y=pd.to_numeric(typed["y"]))
        typed.to_parquet(tmp_path / "own.parquet")
        path = tmp_path / "own.parquet"
    elif form == "gpkg":
        x, y = pd.to_numeric(frame["x"]), pd.to_numeric(frame["y"])
        points = [None if pd.isna(a) else shapely.Point(a, b) for a, b in zip(x, y, strict=True)]
        path = tmp_path / "own.gpkg"
        gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=points, crs="EPSG:27700").to_file(path, driver="GPKG")
        text = TOML.replace('easting = "x"\nnorthing = "y"\n', "").replace('crs = "EPSG:27700"\n', "")
    elif form == "semicolons":
        path = csv_of(tmp_path, frame, "own2.csv", sep=";")
        text = TOML.replace("[columns]", 'delimiter = ";"\n\n[columns]')
    else:
        path = csv_of(tmp_path, frame, "own2.csv", encoding="cp1252")
        text = TOML.replace("[columns]", 'encoding = "cp1252"\n\n[columns]')
    ingest(second, [path], source=described(tmp_path, text))
    columns = "key, id, crime_id, month, offence_type, place_id, location, occurred_from, occurred_to"
    assert rows_of(second, columns) == rows_of(first, columns)


def test_longitude_and_latitude_and_other_systems(tmp_path):
    longitude, latitude = to_wgs84([318000.0], [176000.0])
    frame = ROWS.iloc[:1].assign(x=f"{longitude[0]:.7f}", y=f"{latitude[0]:.7f}")
    text = TOML.replace('crs = "EPSG:27700"\n', "").replace("easting", "longitude").replace("northing", "latitude")
    ingest(Workspace(tmp_path / "one"), [csv_of(tmp_path, frame)], source=described(tmp_path, text))
    web = gpd.GeoSeries.from_xy(longitude, latitude, crs=4326).to_crs(3857)
    frame = ROWS.iloc[:1].assign(x=str(web.x[0]), y=str(web.y[0]))
    text = TOML.replace("27700", "3857").replace("easting =", "x =").replace("northing =", "y =")
    ingest(Workspace(tmp_path / "two"), [csv_of(tmp_path, frame)], source=described(tmp_path, text))
    for name in ("one", "two"):
        with IncidentStore(Workspace(tmp_path / name)).connect() as con:
            [row] = con.execute("SELECT longitude, latitude FROM places").fetchall()
        assert to_national_grid(*([each] for each in row))[0][0] == pytest.approx(318000, abs=0.15)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"from": ""}, "the time is missing or cannot be read"),
        ({"from": "31/01/2024"}, "the time is missing or cannot be read"),
        ({"to": "2024-01-01 00:00"}, "the incident ends before it begins"),
        ({"x": "east"}, "a coordinate is not a number"),
        ({"x": "inf"}, "a coordinate is not finite"),
        ({"y": ""}, "only one of the two coordinates is given"),
        ({"x": "5000000"}, "the position is outside the United Kingdom"),
        ({"offence": "JAYWALKING"}, "[offence_types] has no offence type"),
        ({"offence": ""}, "there is no offence type"),
    ],
)
def test_a_row_that_cannot_be_used_is_quarantined(workspace, tmp_path, changed, reason):
    frame = ROWS.copy()
    for name, value in changed.items():
        frame.loc[1, name] = value
    result = ingest(workspace, [csv_of(tmp_path, frame)], source=described(tmp_path))
    assert (result["totals"]["read"], result["totals"]["stored"], result["totals"]["quarantined"]) == (4, 3, 1)
    with IncidentStore(workspace).connect() as con:
        [(line, said, path)] = con.execute("SELECT line, reason, path FROM quarantine").fetchall()
    assert line == 3
    assert reason in said
    assert path == str(tmp_path / "own.csv")


def test_a_file_read_in_many_pieces_is_the_same_as_in_one(workspace, tmp_path, monkeypatch):
    frame = pd.concat([ROWS.assign(ref=[f"{n}/{k}" for k in range(4)], street='Mill\nLane, "A"') for n in range(60)])
    frame.iloc[17, frame.columns.get_loc("x")] = "east"
    path = csv_of(tmp_path, frame)
    path.write_bytes(path.read_bytes() + b"torn,row\n")
    ingest(Workspace(tmp_path / "one"), [path], source=described(tmp_path))
    monkeypatch.setattr(own_batches, "_BLOCK_BYTES", 1000)
    ingest(workspace, [path], source=described(tmp_path))
    assert rows_of(workspace, "key, crime_id, location") == rows_of(Workspace(tmp_path / "one"), "key, crime_id, location")
    with IncidentStore(workspace).connect() as con:
        assert con.execute("SELECT line FROM quarantine ORDER BY line").fetchall() == [(36,), (482,)]


def test_times_follow_the_clock_on_the_wall(workspace, tmp_path):
    frame = ROWS.assign(
        **{"from": ["2024-07-31T23:30:00Z", "2024-07-31T23:30:00+02:00", "2024-12-31T23:30Z", "2024-07-31 23:30"], "to": ""}
    )
    ingest(workspace, [csv_of(tmp_path, frame)], source=described(tmp_path))
    assert rows_of(workspace, "month, CAST(occurred_from AS VARCHAR), crime_id") == [
        ("2024-08", "2024-08-01 00:30:00", "A/1"),
        ("2024-07", "2024-07-31 22:30:00", "A/2"),
        ("2024-12", "2024-12-31 23:30:00", "A/3"),
        ("2024-07", "2024-07-31 23:30:00", "A/4"),
    ]
    zoned = Workspace(tmp_path / "zoned")
    text = TOML.replace("[columns]", 'timezone = "UTC"\ntime_format = "%d/%m/%Y %H:%M"\n\n[columns]')
    frame = ROWS.assign(**{"from": "31/07/2024 23:30", "to": "31/07/2024 23:40"})
    ingest(zoned, [csv_of(tmp_path, frame)], source=described(tmp_path, text))
    assert set(rows_of(zoned, "month, CAST(occurred_to AS VARCHAR), NULL AS crime_id")) == {
        ("2024-08", "2024-08-01 00:40:00", None)
    }


def test_a_month_is_replaced_for_the_source_alone(workspace, tmp_path):
    ingest(workspace, [zip_of(tmp_path / "a.zip", {name_of(): csv_text([street_row(1)])})])
    ingest(workspace, [csv_of(tmp_path, ROWS)], source=described(tmp_path))
    ids = dict(rows_of(workspace, "crime_id, id"))
    result = ingest(workspace, [csv_of(tmp_path, ROWS.assign(street="Corrected"))], source=described(tmp_path))
    assert result["files"][0]["status"] == "loaded"
    assert dict(rows_of(workspace, "crime_id, id")) == ids
    locations = rows_of(workspace, "location, source, crime_id")
    assert {row[0] for row in locations if row[1] == "demo-records"} == {"Corrected"}
    assert [row[0] for row in locations if row[1] == "police.uk"] == ["On or near High Street"]
    again = ingest(workspace, [tmp_path / "own.csv"], source=described(tmp_path))
    assert again["files"][0]["status"] == "unchanged"


def test_an_earlier_delivery_gives_way(workspace, tmp_path):
    ingest(workspace, [csv_of(tmp_path, ROWS)], source=described(tmp_path))
    early = csv_of(tmp_path, ROWS.iloc[:1].assign(ref="B/1"), "early.csv")
    result = ingest(workspace, [early], source=described(tmp_path))
    assert (result["files"][0]["status"], result["files"][0]["superseded_months"]) == ("superseded", ["2024-01"])
    result = ingest(workspace, [early], source=described(tmp_path), archive_month="2024-04")
    assert result["files"][0]["status"] == "loaded"
    assert [row[0] for row in rows_of(workspace, "crime_id")] == ["A/2", "A/3", "A/4", "B/1"]


def test_rows_without_id_are_told_apart_by_their_times(workspace, tmp_path):
    text = TOML.replace('id = "ref"\n', "")
    frame = pd.concat([ROWS.iloc[:1]] * 2 + [ROWS.iloc[:1].assign(**{"from": "2024-01-30 22:00"})])
    ingest(workspace, [csv_of(tmp_path, frame)], source=described(tmp_path, text))
    before = set(rows_of(workspace, "key, id, crime_id"))
    assert len(before) == 3
    ingest(workspace, [csv_of(tmp_path, frame.iloc[::-1].assign(ref="other"))], source=described(tmp_path, text))
    assert set(rows_of(workspace, "key, id, crime_id")) == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "confidential"', "", "kind: Field required"),
        ('kind = "confidential"', 'kind = "secret"', "kind: "),
        ('name = "demo-records"', 'name = "police.uk"', "name: police.uk is the name"),
        ('force = "west-demoshire"', 'force = "../x"', "force: use small letters"),
        ("27700", "nonsense", "crs is not a coordinate reference system"),
        ("27700", "4326", "easting and northing are National Grid metres"),
        ('northing = "y"', "", "columns: easting and northing are needed together"),
        ('occurred_from = "from"', "", "columns: one of month, occurred_at and occurred_from is needed"),
        ('occurred_to = "to"', 'occurred_at = "to"', "columns: give occurred_at, or"),
        ('id = "ref"', 'identifier = "ref"', "columns.identifier: Extra inputs"),
        ("[columns]", "[columns", "this is not TOML"),
        ("[columns]", 'encoding = "utf-16"\n[columns]', "encoding: files in this encoding"),
        ("[columns]", 'timezone = "Mars"\n[columns]', "timezone: this is not the name of a time zone"),
    ],
)
def test_a_wrong_description_is_refused_naming_the_key(workspace, tmp_path, old, new, said):
    assert old in TOML
    with pytest.raises(ParameterError) as caught:
        ingest(workspace, [csv_of(tmp_path, ROWS)], source=described(tmp_path, TOML.replace(old, new)))
    assert said in str(caught.value)


def test_files_that_do_not_fit_their_description_are_refused(workspace, tmp_path):
    source = described(tmp_path)
    with pytest.raises(UnreadableFileError, match="the column 'offence' that"):
        ingest(workspace, [csv_of(tmp_path, ROWS.drop(columns="offence"))], source=source)
    with pytest.raises(NotFoundError, match="no such file"):
        ingest(workspace, [tmp_path / "missing.csv"], source=source)
    with pytest.raises(UnreadableFileError, match="not a Parquet file"):
        ingest(workspace, [csv_of(tmp_path, ROWS, "own.parquet")], source=source)
    with pytest.raises(UnreadableFileError, match="not a GeoPackage"):
        ingest(workspace, [csv_of(tmp_path, ROWS, "own.gpkg")], source=source)
    with pytest.raises(UnreadableFileError, match="2 of 3 positions lie outside the United Kingdom"):
        ingest(workspace, [csv_of(tmp_path, ROWS.assign(x=["1e7", "1e7", "", "330000"]))], source=source)
    with pytest.raises(UnreadableFileError, match="none of its 4 rows can be used; line 2"):
        ingest(workspace, [csv_of(tmp_path, ROWS.assign(offence="JAYWALKING"))], source=source)
    with pytest.raises(InputError, match="both hold 2024-01"):
        ingest(workspace, [csv_of(tmp_path, ROWS), csv_of(tmp_path, ROWS, "b.csv")], source=source)
    assert rows_of(workspace) == []
    ingest(workspace, [tmp_path / "own.csv"], source=source)
    with pytest.raises(ConflictError, match="is loaded as confidential"):
        ingest(workspace, [tmp_path / "own.csv"], source=described(tmp_path, TOML.replace('"confidential"', '"open"')))


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ("2024-02-30", ""),
        ("2023-02-29 10:00", ""),
        ("2024-01-01T10:00+99:00", ""),
        ("30/02/2024 10:00", "%d/%m/%Y %H:%M"),
        ("31.04.2024", "%d.%m.%Y"),
        ("0202-01-05", ""),
    ],
)
def test_a_day_that_no_calendar_has_is_not_taken_for_another(workspace, tmp_path, written, options):
    text = TOML.replace("[columns]", f'time_format = "{options}"\n[columns]') if options else TOML
    day = "28/02/2024 10:00" if "%H" in options else "28.02.2024" if options else "2024-02-28"
    frame = ROWS.iloc[:2].assign(**{"from": [written, day], "to": ""})
    told = ingest(workspace, [csv_of(tmp_path, frame)], source=described(tmp_path, text))
    assert (told["totals"]["stored"], told["totals"]["quarantined"]) == (1, 1)
    assert told["files"][0]["months"] == ["2024-02"]


def test_two_files_of_one_name_in_two_folders_are_two_files(workspace, tmp_path):
    paths = []
    for n in (0, 3):
        (tmp_path / str(n)).mkdir()
        paths.append(csv_of(tmp_path / str(n), ROWS.iloc[n : n + 1]))
    told = ingest(workspace, paths, source=described(tmp_path))
    assert [(file["read"], file["stored"]) for file in told["files"]] == [(1, 1), (1, 1)]


def test_a_point_that_is_nowhere_on_earth_is_outside_the_country(workspace, tmp_path):
    frame = ROWS.iloc[:2].assign(x=["9e8", "318010"])
    [told] = ingest(workspace, [csv_of(tmp_path, frame)], source=described(tmp_path))["quarantine"]
    assert told["reason"] == "the position is outside the United Kingdom"


BY_GEOMETRY = TOML.replace('easting = "x"\nnorthing = "y"\n', "")


def geopackage(tmp_path, crs="EPSG:4326", name="own.gpkg"):
    points = gpd.GeoDataFrame(ROWS.drop(columns=["x", "y"]), geometry=[shapely.Point(-3.1, 51.5)] * len(ROWS), crs=crs)
    points.to_file(tmp_path / name)
    return tmp_path / name


def test_a_geopackage_that_contradicts_its_description_is_refused(workspace, tmp_path):
    with pytest.raises(InputError, match="its coordinates are in WGS 84, the TOML file says"):
        ingest(workspace, [geopackage(tmp_path)], source=described(tmp_path, BY_GEOMETRY))
    alike = described(tmp_path, BY_GEOMETRY.replace("EPSG:27700", "EPSG:4326"))
    assert ingest(workspace, [tmp_path / "own.gpkg"], source=alike)["totals"]["stored"] == len(ROWS)


@pytest.mark.parametrize("text", [BY_GEOMETRY, BY_GEOMETRY.replace('crs = "EPSG:27700"', "")])
def test_what_is_no_geopackage_is_refused(workspace, tmp_path, text):
    whole = geopackage(tmp_path).read_bytes()
    for n, content in enumerate((b"hello", whole[: len(whole) // 3])):
        (tmp_path / f"{n}.gpkg").write_bytes(content)
        with pytest.raises(UnreadableFileError, match="not a GeoPackage"):
            ingest(workspace, [tmp_path / f"{n}.gpkg"], source=described(tmp_path, text))
    with pytest.raises(UnreadableFileError, match="no such layer"):
        ingest(
            workspace,
            [tmp_path / "own.gpkg"],
            source=described(tmp_path, text.replace("[columns]", 'layer = "x"\n[columns]')),
        )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"offence": [[1], [2], [3], [4]]}, "the column 'offence' holds list"),
        ({"from": [b"\xff", b"1", b"2", b"3"]}, "the column 'from' holds binary"),
    ],
)
def test_a_column_that_is_no_text_number_or_time_is_named(workspace, tmp_path, changed, said):
    ROWS.assign(**changed).to_parquet(tmp_path / "own.parquet")
    with pytest.raises(UnreadableFileError, match=said):
        ingest(workspace, [tmp_path / "own.parquet"], source=described(tmp_path))


def test_a_parquet_file_damaged_within_is_refused(workspace, tmp_path):
    ROWS.to_parquet(tmp_path / "own.parquet")
    data = bytearray((tmp_path / "own.parquet").read_bytes())
    data[4:200] = bytes(range(196))
    (tmp_path / "own.parquet").write_bytes(data)
    with pytest.raises(UnreadableFileError, match="damaged"):
        ingest(workspace, [tmp_path / "own.parquet"], source=described(tmp_path))


@pytest.mark.parametrize("delimiter", [r"\"", r"\n"])
def test_a_sign_that_cannot_divide_fields_is_refused(workspace, tmp_path, delimiter):
    text = TOML.replace("[columns]", f'delimiter = "{delimiter}"\n[columns]')
    with pytest.raises(ParameterError, match="delimiter: use a comma"):
        ingest(workspace, [csv_of(tmp_path, ROWS)], source=described(tmp_path, text))
