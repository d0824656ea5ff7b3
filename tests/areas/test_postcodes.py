import io
import zipfile

import pandas as pd
import pytest

from crimemap.areas.code_list import names_of_codes
from crimemap.areas.postcodes import PostcodeStore, add_postcodes, canonical_postcode
from crimemap.errors import NotFoundError, UnreadableFileError, UnsafeArchiveError
from crimemap.workspace import Workspace
from tests.real_data import REAL_DATA, needs_real_data

HEADER = b"PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\r\nPostcode,Quality,Eastings,Northings,Country,RH,LH,County,District,Ward\r\n"
CARDIFF = '"CF10 1AA",10,318284,176270,"W92000004","","W11000029","","W06000015","W05001274"'
ST_ALBANS = '"AL1 1AG",10,515487,206498,"E92000001","E19000002","E18000006","E10000015","E07000240","E05013963"'
ABERDEEN = '"AB10 1AB",10,394235,806529,"S92000003","","S08000020","","S12000033","S13002842"'
NOWHERE = '"CF99 1SN",90,0,0,"W92000004","","","","",""'


def code_point(tmp_path, files, *, header=HEADER, about=b"DATASET VERSION NUMBER: 2025.2.0\r\n"):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, lines in files.items():
            out.writestr(f"Data/CSV/{name}.csv", "\r\n".join(lines) + "\r\n")
        if header is not None:
            out.writestr("Doc/Code-Point_Open_Column_Headers.csv", header)
        out.writestr("Doc/metadata.txt", about)
    path = tmp_path / "codepo_gb.zip"
    path.write_bytes(made.getvalue())
    return path


def test_every_row_is_accounted_for(tmp_path):
    bad = [
        '"CF10 1A",10,318284,176270,"W92000004","","","","",""',
        '"CF10 1AC",10,0,0,"W92000004","","","","",""',
        '"CF10 1AD",10,inf,176270,"W92000004","","","","",""',
        '"CF10 1AE",11,318284,176270,"W92000004","","","","",""',
        '"CF10 1AF",10,318284,176270,"F92000001","","","","",""',
        '"CF10 1AG",10,318284',
        CARDIFF,
    ]
    path = code_point(tmp_path, {"cf": [CARDIFF, NOWHERE, *bad], "al": [ST_ALBANS], "ab": [ABERDEEN]})
    workspace = Workspace(tmp_path / "w")
    said = add_postcodes(workspace, path)
    assert (said["read"], said["stored"], said["without_position"], said["outside"], said["quarantined"]) == (11, 2, 1, 1, 7)
    assert said["version"] == "2025.2.0"
    quarantine = pd.read_parquet(workspace.lookups / "postcodes-quarantine.parquet").sort_values("line")
    assert quarantine["line"].tolist() == [3, 4, 5, 6, 7, 8, 9]
    assert quarantine["path"].unique().tolist() == ["Data/CSV/cf.csv"]
    assert quarantine["reason"].tolist() == [
        "not a postcode",
        "no position on the National Grid",
        "no position on the National Grid",
        "not a quality that Code-Point Open has",
        "not a country of Great Britain",
        "3 columns instead of 10",
        "the postcode came before",
    ]


def test_positions_and_codes_are_kept_as_published(tmp_path):
    workspace = Workspace(tmp_path / "w")
    add_postcodes(workspace, code_point(tmp_path, {"cf": [CARDIFF], "al": [ST_ALBANS]}))
    rows = PostcodeStore(workspace).read().set_index("postcode")
    assert rows.index.tolist() == ["AL1 1AG", "CF10 1AA"]
    cardiff = rows.loc["CF10 1AA"]
    assert (cardiff["easting"], cardiff["northing"], cardiff["quality"]) == (318284, 176270, 10)
    assert cardiff["district_code"] == "W06000015"
    assert pd.isna(cardiff["county_code"]), "no county is null, not an empty text"
    assert PostcodeStore(workspace).about()["stored"] == 2


def test_postcodes_without_a_position_are_kept_apart(tmp_path):
    workspace = Workspace(tmp_path / "w")
    add_postcodes(workspace, code_point(tmp_path, {"cf": [CARDIFF, NOWHERE]}))
    apart = pd.read_parquet(workspace.lookups / "postcodes-without-position.parquet")
    assert apart["postcode"].tolist() == ["CF99 1SN"]
    assert "easting" not in apart.columns, "0, 0 is not a place"


def test_columns_are_found_by_the_header_that_comes_along(tmp_path):
    header = b"PQ,PC,EA,NO,CY,RH,LH,CC,DC,WC\r\n"
    swapped = '10,"CF10 1AA",318284,176270,"W92000004","","W11000029","","W06000015","W05001274"'
    workspace = Workspace(tmp_path / "w")
    assert add_postcodes(workspace, code_point(tmp_path, {"cf": [swapped]}, header=header))["stored"] == 1
    assert add_postcodes(workspace, code_point(tmp_path, {"cf": [CARDIFF]}, header=None))["stored"] == 1


def test_a_folder_or_one_csv_will_do(tmp_path):
    path = code_point(tmp_path, {"cf": [CARDIFF], "al": [ST_ALBANS]})
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    workspace = Workspace(tmp_path / "w")
    assert add_postcodes(workspace, tmp_path / "unpacked")["stored"] == 2
    assert add_postcodes(workspace, tmp_path / "unpacked" / "Data" / "CSV" / "cf.csv")["stored"] == 1


def test_adding_again_takes_the_place_of_what_was_there(tmp_path):
    workspace = Workspace(tmp_path / "w")
    add_postcodes(workspace, code_point(tmp_path, {"cf": [CARDIFF]}))
    add_postcodes(workspace, code_point(tmp_path, {"al": [ST_ALBANS]}))
    assert PostcodeStore(workspace).read()["postcode"].tolist() == ["AL1 1AG"]


@pytest.mark.parametrize(
    ("make", "error", "reason"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-200]), UnreadableFileError, "not a zip, or it is damaged"),
        (lambda path: path.write_text("hello"), UnreadableFileError, "not a zip"),
        (lambda path: path.unlink(), NotFoundError, "no such file"),
        (lambda path: code_point(path.parent, {}), UnreadableFileError, "0 files in it are named"),
        (lambda path: code_point(path.parent, {"ab": [ABERDEEN]}), UnreadableFileError, "none of its 1 rows is a postcode"),
        (
            lambda path: code_point(path.parent, {"cf": [CARDIFF]}, header=b"A,B\r\n"),
            UnreadableFileError,
            "does not name the columns",
        ),
        (lambda path: code_point(path.parent, {"cf": ["0" * 3_000_000]}), UnsafeArchiveError, "expands from"),
        (lambda path: code_point(path.parent, {"cf": ['"CF10 1AA' + "\0" * 9]}), UnreadableFileError, "rows is a postcode"),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(tmp_path, make, error, reason):
    workspace = Workspace(tmp_path / "w")
    path = code_point(tmp_path, {"cf": [CARDIFF]})
    add_postcodes(workspace, path)
    make(path)
    with pytest.raises(error, match=reason):
        add_postcodes(workspace, path)
    assert PostcodeStore(workspace).read()["postcode"].tolist() == ["CF10 1AA"]


def test_a_workspace_without_postcodes_says_how_to_get_them(tmp_path):
    assert PostcodeStore(Workspace(tmp_path)).about() is None
    with pytest.raises(NotFoundError, match="crimemap fetch postcodes"):
        PostcodeStore(Workspace(tmp_path)).read()


@pytest.mark.parametrize(
    ("typed", "written"),
    [(" sw1a1aa ", "SW1A 1AA"), ("m1 1ae", "M1 1AE"), ("W1A 0AX", "W1A 0AX"), ("", None), ("1AA SW1A", None)],
)
def test_a_postcode_is_written_one_way(typed, written):
    assert canonical_postcode(typed) == written


@pytest.mark.real_data
@needs_real_data
@pytest.mark.slow
def test_the_real_code_point_open_adds_up(tmp_path):
    path = REAL_DATA / "postcodes" / "codepo_gb_2025-05.zip"
    said = add_postcodes(Workspace(tmp_path), path)
    lines = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("Data/CSV/") and name.endswith(".csv"):
                lines += archive.read(name).count(b"\n")
    assert said["read"] == lines == 1_743_449
    assert (said["stored"], said["without_position"], said["outside"], said["quarantined"]) == (1_581_313, 787, 161_349, 0)
    rows = PostcodeStore(Workspace(tmp_path)).read()
    assert rows["postcode"].is_monotonic_increasing
    assert rows["postcode"].is_unique
    assert rows["postcode"].map(canonical_postcode).eq(rows["postcode"]).all()


SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def code_workbook(rows, *, head=""):
    made = io.BytesIO()
    words = [text for row in rows for text in row]
    with zipfile.ZipFile(made, "w") as out:
        shared = "".join(f"<si><t>{text}</t></si>" for text in words)
        out.writestr("xl/sharedStrings.xml", f'{head}<sst xmlns="{SHEET}">{shared}</sst>')
        cells = "".join(f'<row><c t="s"><v>{2 * k}</v></c><c t="s"><v>{2 * k + 1}</v></c></row>' for k in range(len(rows)))
        out.writestr("xl/worksheets/sheet3.xml", f'<worksheet xmlns="{SHEET}"><sheetData>{cells}</sheetData></worksheet>')
    return made.getvalue()


def test_codes_have_the_names_of_the_list_beside_them(tmp_path):
    path = code_point(tmp_path, {"cf": [CARDIFF]})
    rows = [
        ("Area", "Code"),
        ("Caerdydd - Cardiff", "W06000015"),
        ("Adur District", "E07000223"),
        ("Abbey Ward", "E05001687"),
    ]
    with zipfile.ZipFile(path, "a") as out:
        out.writestr("Doc/Codelist.xlsx", code_workbook(rows))
    workspace = Workspace(tmp_path / "w")
    add_postcodes(workspace, path)
    assert PostcodeStore(workspace).names() == {"W06000015": "Cardiff", "E07000223": "Adur", "E05001687": "Abbey"}


def test_without_a_list_codes_have_no_names(tmp_path):
    workspace = Workspace(tmp_path / "w")
    add_postcodes(workspace, code_point(tmp_path, {"cf": [CARDIFF]}))
    assert PostcodeStore(workspace).names() == {}


@pytest.mark.parametrize("broken", [b"no zip", code_workbook([("A", "E07000223")], head='<!DOCTYPE a [<!ENTITY b "c">]>')])
def test_a_list_of_codes_that_is_broken_or_armed_is_refused(tmp_path, broken):
    path = code_point(tmp_path, {"cf": [CARDIFF]})
    with zipfile.ZipFile(path, "a") as out:
        out.writestr("Doc/Codelist.xlsx", broken)
    with pytest.raises(UnreadableFileError, match="list of codes"):
        add_postcodes(Workspace(tmp_path / "w"), path)


@needs_real_data
def test_almost_every_code_of_the_real_file_has_a_name():
    path = next((REAL_DATA / "postcodes").glob("*.zip"))
    with zipfile.ZipFile(path) as archive:
        names = names_of_codes(archive.read("Doc/Codelist.xlsx"))
    assert len(names) > 7_500
    assert (names["E10000003"], names["E07000008"], names["W06000015"]) == ("Cambridgeshire", "Cambridge", "Cardiff")
