"""`crimemap ingest` and `crimemap coverage` as a person and a program meet them."""

import json
import struct

import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from tests.incidents.made import STREET, csv_text, folder_of, name_of, street_row, zip_of

GOOD = {name_of(): csv_text([street_row(1), street_row(), street_row(2, Latitude="x")])}


@pytest.fixture
def run(tmp_path):
    def running(*arguments):
        return CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(tmp_path / "workspace")])

    return running


def truncated(path):
    whole = zip_of(path, GOOD).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def cut_inside(path):
    """A zip whose directory is whole and whose member is not."""
    data = bytearray(zip_of(path, {name_of(): csv_text([street_row(n) for n in range(50)])}).read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(data)
    return path


def lying(path):
    data = bytearray(zip_of(path, {name_of(): b"0" * (1 << 20)}).read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, 100)
    path.write_bytes(data)
    return path


def single(path, text, encoding="utf-8"):
    path = path.with_name("2024-01-west-demoshire-street.csv")
    path.write_bytes(text.encode(encoding))
    return path


def rows(**changed):
    return csv_text([street_row(n, **changed) for n in range(3)])


BAD = {
    "truncated zip": (truncated, "not a complete zip"),
    "damaged member": (cut_inside, "damaged"),
    "zip bomb": (lambda path: zip_of(path, {name_of(): b"0" * (64 << 20)}), "would unpack from"),
    "lying zip": (lying, "damaged|no header line|not that of a street file"),
    "path traversal": (lambda path: zip_of(path, {"../" + name_of(): rows()}), "leads outside the archive"),
    "wrong header": (
        lambda path: single(path, "a,b,c\n1,2,3\n"),
        "the header has 3 columns and is not that of a street file",
    ),
    "wrong encoding": (lambda path: single(path, rows(Location="Café"), "cp1252"), "not UTF-8"),
    "UTF-16": (lambda path: single(path, rows(), "utf-16"), "UTF-16"),
    "folder without CSVs": (lambda path: folder_of(path.with_name("folder"), {"README.txt": "hello"}), "holds no CSV file"),
    "40 columns": (
        lambda path: single(path, csv_text([], [*STREET, *(f"column {n}" for n in range(28))])),
        "28 of its 40 columns are not police.uk's",
    ),
    "non-finite coordinate": (lambda path: single(path, rows(Latitude="inf")), "a coordinate is not finite"),
    "swapped": (lambda path: single(path, rows(Latitude="-1.5", Longitude="52.5")), "longitude and latitude are swapped"),
    "month 13 in rows": (lambda path: single(path, rows(Month="2024-13")), "the month is not a month"),
    "month 13 in the name": (lambda path: zip_of(path, {"2024-13-demo-street.csv": rows()}), "is not a month"),
    "not there": (lambda path: path, "no such file or folder"),
    "not a CSV": (lambda path: folder_of(path.with_name("f"), {"x.pdf": "%PDF"}) / "x.pdf", "neither a zip nor a CSV"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_clear_sentence_and_changes_nothing(run, tmp_path, name):
    good = zip_of(tmp_path / "2024-01.zip", GOOD)
    assert run("ingest", good).exit_code == 0
    before = run("coverage", "--json").stdout
    files = {path: path.read_bytes() for path in (tmp_path / "workspace").rglob("*") if path.is_file()}
    make, said = BAD[name]
    bad = make(tmp_path / "bad.zip")
    for arguments in ((bad,), (good, bad)):
        result = run("ingest", *arguments)
        assert result.exit_code == 1
        assert result.stdout == ""
        [line] = result.stderr.splitlines()
        assert line.startswith("crimemap: ")
        assert str(bad.name if bad.suffix else bad) in line
        assert any(part in line for part in said.split("|"))
        assert "Traceback" not in line
    assert run("coverage", "--json").stdout == before
    assert {path: path.read_bytes() for path in (tmp_path / "workspace").rglob("*") if path.is_file()} == files


def test_an_error_in_json_is_one_object_and_still_a_sentence_for_people(run, tmp_path):
    result = run("ingest", tmp_path / "missing.zip", "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["type"] == "NotFoundError"
    assert error["where"].endswith("missing.zip")
    assert error["fix"]
    assert "no such file" in result.stderr


def test_ingest_prints_what_was_read_stored_and_quarantined(run, tmp_path):
    result = run("ingest", zip_of(tmp_path / "2024-01.zip", GOOD))
    assert result.exit_code == 0
    assert "3 rows read = 2 stored + 1 in quarantine." in result.stdout
    assert "a coordinate is not a number" in result.stdout
    assert "1 loaded" in result.stdout
    again = run("ingest", tmp_path / "2024-01.zip")
    assert "1 unchanged" in again.stdout


def test_ingest_in_json_adds_up_file_by_file(run, tmp_path):
    result = run("ingest", zip_of(tmp_path / "2024-01.zip", GOOD), "--json")
    assert result.stderr == ""
    told = json.loads(result.stdout)
    [file] = told["files"]
    assert file["path"].endswith("2024-01.zip/2024-01/2024-01-west-demoshire-street.csv")
    assert file["read"] == file["stored"] + file["quarantined"] == 3
    assert told["totals"] == {
        "files": 1, "loaded": 1, "unchanged": 0, "superseded": 0, "read": 3, "stored": 2, "quarantined": 1,
    }  # fmt: skip


def test_coverage_tells_zero_from_no_data(run, tmp_path):
    files = GOOD | {name_of("2024-02"): csv_text([]), name_of("2024-04"): csv_text([street_row(5, Month="2024-04")])}
    run("ingest", zip_of(tmp_path / "a.zip", files))
    told = json.loads(run("coverage", "--json").stdout)["rows"]
    assert [(row["force"], row["month"], row["kind"], row["rows"], row["status"]) for row in told] == [
        ("west-demoshire", "2024-01", "street", 2, "loaded"),
        ("west-demoshire", "2024-02", "street", 0, "loaded"),
        ("west-demoshire", "2024-03", "street", None, "no_data"),
        ("west-demoshire", "2024-04", "street", 1, "loaded"),
    ]
    shown = run("coverage", "--force", "west-demoshire").stdout
    assert "no data" in shown
    assert run("coverage", "--force", "atlantis").exit_code == 1


def test_coverage_of_no_workspace_says_so(run):
    result = run("coverage")
    assert result.exit_code == 1
    assert "there is no workspace here" in result.stderr


def test_no_row_is_shown_in_what_is_printed(run, tmp_path):
    secret = street_row(77, Location="On or near Secret Lane", Latitude="not-a-number-4711")
    result = run("ingest", zip_of(tmp_path / "a.zip", {name_of(): csv_text([secret, street_row(1)])}))
    assert result.exit_code == 0
    assert "Secret" not in result.output
    assert "4711" not in result.output
