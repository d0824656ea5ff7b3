"""The commands, as a user meets them."""

import io
import json
import subprocess
import sys
import time

import pytest
from filelock import FileLock
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner

from crimemap.cli import app
from crimemap.cli.fetch import _Bar
from crimemap.errors import ConflictError, FetchError
from crimemap.pipeline.fetching import fetch_areas, fetch_police_uk, fetch_postcodes
from crimemap.workspace import Workspace
from tests.fetch.feature_service import FeatureService
from tests.fetch.server import File, Mood, Redirect
from tests.fetch.zips import months_up_to, noise, street_csv, zipped

FORCES = ("south-wales", "sussex")


@pytest.fixture
def base(site, other_site):
    members = {
        f"{month}/{month}-{force}-street.csv": street_csv(month, force)
        for month in months_up_to("2025-10", 36)
        for force in FORCES
    }
    del members["2025-02/2025-02-south-wales-street.csv"]
    other_site.paths["/archive/2025-10.zip"] = File(zipped(members))
    site.paths["/data/archive/latest.zip"] = Redirect(f"{other_site.url}/archive/2025-10.zip")
    return f"{site.url}/data/archive/"


def crimemap(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_result_says_what_is_ready_and_what_to_say_next(base, tmp_path):
    done = crimemap(
        "fetch", "police-uk", "--force", "South Wales Police", "--from", "2025-01", "--to", "2025-03", "--kinds", "street",
        "--url", base, "--workspace", tmp_path / "w", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["totals"] == result["totals"] | {"fetched": 2, "present": 0, "no_data": 1, "not_published": 0}
    assert [(file["month"], file["status"]) for file in result["files"]] == [
        ("2025-01", "fetched"),
        ("2025-02", "no_data"),
        ("2025-03", "fetched"),
    ]
    folder = tmp_path / "w" / "downloads" / "police-uk" / "2025-10"
    assert result["folders"] == [str(folder)]
    assert result["next"] == f"crimemap ingest {folder} --workspace {tmp_path / 'w'}"
    assert result["files"][0]["path"] == str(folder / "2025-01" / "2025-01-south-wales-street.csv")


def test_people_are_told_in_words(base, tmp_path):
    done = crimemap(
        "fetch", "police-uk", "--force", "south-wales", "--from", "2025-01", "--to", "2025-04", "--kinds", "street",
        "--url", base, "--workspace", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "2025-03 to 2025-04" in done.stdout
    assert "no data published" in done.stdout
    assert "3 files fetched, 0 were here already, 1 are not published" in done.stdout
    assert "Now say: crimemap ingest" in done.stdout


def test_ingest_follows_when_asked_for(base, tmp_path):
    workspace = Workspace(tmp_path)
    result = fetch_police_uk(
        workspace, forces=["south-wales"], first="2025-01", last="2025-03", kinds=["street"], url=base, ingest=True
    )
    assert result["ingest"]["totals"]["files"] == 2
    assert result["ingest"]["totals"]["read"] == result["ingest"]["totals"]["stored"] > 0
    assert {file["archive_month"] for file in result["ingest"]["files"]} == {"2025-10"}
    again = fetch_police_uk(
        workspace, forces=["south-wales"], first="2025-01", last="2025-03", kinds=["street"], url=base, ingest=True
    )
    assert again["ingest"]["totals"]["loaded"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--force", "sussx", "--from", "2025-01"), "there is no force 'sussx'. Did you mean sussex"),
        (("--force", "sussex", "--from", "2025-13"), "--from: '2025-13' is not a month"),
        (("--force", "sussex", "--from", "2025-02", "--to", "2025-01"), "--to: 2025-01 comes before 2025-02"),
        (("--force", "sussex", "--from", "2025-01", "--kinds", "street,cakes"), "--kinds: 'cakes' is not a kind of file"),
        (("--force", "sussex", "--from", "2030-01"), "the newest month published is 2025-10"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(base, tmp_path, words, said):
    done = crimemap("fetch", "police-uk", *words, "--url", base, "--workspace", tmp_path)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stdout == ""
    assert not list(tmp_path.rglob("*.csv"))


def test_errors_are_json_too(tmp_path):
    done = crimemap(
        "fetch", "police-uk", "--force", "x", "--from", "2025-01", "--url", "ftp://x/", "--workspace", tmp_path, "--json"
    )
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["type"] == "ParameterError"


def test_two_downloads_into_one_folder_do_not_meet(base, tmp_path):
    folder = Workspace(tmp_path).create().downloads / "police-uk"
    folder.mkdir()
    with FileLock(folder / ".lock"), pytest.raises(ConflictError, match="another download"):
        fetch_police_uk(Workspace(tmp_path), forces=["sussex"], first="2025-01", url=base)


def test_a_download_does_not_keep_others_from_writing(base, tmp_path):
    workspace = Workspace(tmp_path)
    with workspace.writing():
        assert (
            fetch_police_uk(workspace, forces=["sussex"], first="2025-01", kinds=["street"], url=base)["totals"]["fetched"]
            == 1
        )


def test_a_disk_that_cannot_be_written_is_one_sentence(base, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("crimemap.fetch.taking.take", full)
    with pytest.raises(FetchError, match=r"somewhere: a file cannot be written: No space left on device"):
        fetch_police_uk(Workspace(tmp_path), forces=["sussex"], first="2025-01", url=base)


def test_areas_are_fetched_and_added(site, tmp_path):
    workspace = Workspace(tmp_path)
    result = fetch_areas(workspace, area_type="csp", vintage="2023", url=FeatureService().put(site), add=True)
    assert (result["set_id"], result["areas"], result["crs"]) == ("csp-2023", 130, "EPSG:27700")
    assert result["added"]["set_id"] == "csp-2023"
    assert result["added"]["n_areas"] == 130
    assert result["added"]["columns"] == {"code": "CSP23CD", "name": "CSP23NM"}


def test_a_vintage_that_the_catalogue_does_not_know_needs_an_address(tmp_path):
    done = crimemap("fetch", "areas", "--type", "csp", "--vintage", "1999", "--workspace", tmp_path)
    assert done.exit_code == 1
    assert "no download address" in done.stderr


def test_areas_for_people(site, tmp_path):
    url = FeatureService().put(site)
    done = crimemap("fetch", "areas", "--type", "csp", "--vintage", "2023", "--url", url, "--workspace", tmp_path)
    assert done.exit_code == 0, done.output
    assert "csp-2023: 130 areas fetched" in done.stdout
    assert "Now say: crimemap areas add" in done.stdout


def test_postcodes_are_fetched_and_read(site, tmp_path):
    row = '"CF10 1AA",10,318284,176270,"W92000004","","W11000029","","W06000015","W05001274"\n'
    site.paths["/codepo.zip"] = File(zipped({"Data/CSV/cf.csv": row.encode()}))
    done = crimemap("fetch", "postcodes", "--url", f"{site.url}/codepo.zip", "--workspace", tmp_path)
    assert done.exit_code == 0, done.output
    assert "1 postcodes read = 1 stored + 0 without a position + 0 in Scotland + 0 that could not be used." in done.stdout
    kept = fetch_postcodes(Workspace(tmp_path), url=f"{site.url}/codepo.zip", add=False)
    assert kept["added"] is None
    assert kept["next"].startswith("crimemap postcodes add ")


def test_a_killed_fetch_leaves_whole_files_and_goes_on(base, other_site, tmp_path):
    members = {
        f"{month}/{month}-{force}-street.csv": noise((month, force), 200_000)
        for month in months_up_to("2025-10", 12)
        for force in FORCES
    }
    other_site.paths["/archive/2025-10.zip"] = File(zipped(members))
    other_site.moods += [Mood() for _ in range(5)] + [Mood(hang_s=1.0) for _ in range(12)]
    words = ["fetch", "police-uk", "--force", "sussex", "--from", "2024-11", "--to", "2025-10", "--kinds", "street"]
    words += ["--url", base, "--workspace", str(tmp_path), "--json"]
    command = [sys.executable, "-c", "from crimemap.cli import main; main()", *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(list(tmp_path.rglob("*.csv"))) < 3:
            time.sleep(0.02)
        process.kill()
    other_site.moods.clear()
    for path in tmp_path.rglob("*.csv"):
        assert path.read_bytes() == members[f"{path.parent.name}/{path.name}"]
    totals = json.loads(crimemap(*words).stdout)["totals"]
    assert totals["present"] >= 3
    assert totals["present"] + totals["fetched"] == 12


def test_a_terminal_shows_a_bar_and_notes_above_it():
    drawn = io.StringIO()
    with Progress(console=Console(file=drawn, force_terminal=True, width=80)) as progress:
        bar = _Bar(progress)
        bar.advance(1)
        bar.begin("3 files of archive 2025-10", 300)
        bar.advance(150)
        bar.note("the server answered 503 [busy]: trying again in 1 s (1 of 5)")
        bar.begin("another", None)
        assert [(task.description, task.completed) for task in progress.tasks] == [("another", 0)]
    assert "503 [busy]" in drawn.getvalue()
