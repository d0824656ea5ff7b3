"""Job files: the same bytes every time, from the same data or not at all."""

import json
import shutil
from pathlib import Path

import pytest

from crimemap.errors import ConflictError, CrimemapError, ParameterError, UnreadableFileError
from crimemap.jobs.data_version import data_version
from crimemap.jobs.job_file import pin_job, read_job, run_job
from crimemap.pipeline.ingest import ingest
from crimemap.workspace import Workspace
from tests.incidents.made import csv_text, folder_of, name_of
from tests.jobs.made import WEST_FORCE, build, west_rows

BACKTEST = f"""\
process = "backtest"
seed = 7

[inputs]
force = "{WEST_FORCE}"
cells = "250m"
methods = "kde:quartic:500"
training_months = 2
resamples = 200
"""
OTHERS = {
    "hotspots": f'process = "hotspots"\n[inputs]\nforce = "{WEST_FORCE}"\n',
    "kde": f'process = "kde"\n[inputs]\nforce = "{WEST_FORCE}"\nbandwidth = 300\n',
    "counts": 'process = "counts"\n[inputs]\nby = "csp-2017"\nby_offence = true\n',
}


def written(folder: Path, text: str, output: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "job.toml"
    path.write_text(f'{text}\n[output]\nfile = "{output}"\n')
    return path


@pytest.mark.parametrize("suffix", [".csv", ".gpkg", ".geojson", ".parquet", ".png"])
def test_two_runs_give_the_same_bytes(made, tmp_path, suffix):
    one, two = (written(tmp_path / name, BACKTEST, f"out{suffix}") for name in ("one", "two"))
    first = run_job(made, one)
    assert first.same_as_before is None
    assert run_job(made, one).same_as_before is True
    run_job(made, two)
    for name in (f"out{suffix}", f"out{suffix}.manifest.json"):
        assert (one.parent / name).read_bytes() == (two.parent / name).read_bytes()


@pytest.mark.parametrize(
    ("process", "suffix"),
    [("hotspots", ".gpkg"), ("hotspots", ".csv"), ("kde", ".asc"), ("kde", ".npz"), ("counts", ".csv")],
)
def test_so_do_those_of_other_processes(made, tmp_path, process, suffix):
    one, two = (written(tmp_path / name, OTHERS[process], f"out{suffix}") for name in ("one", "two"))
    manifests = [run_job(made, path).manifest for path in (one, two)]
    assert manifests[0] == manifests[1]
    for file in manifests[0]["files"]:
        assert (one.parent / file["file"]).read_bytes() == (two.parent / file["file"]).read_bytes()


def test_the_manifest_says_all_that_made_the_files(made, tmp_path):
    path = written(tmp_path, BACKTEST, "out.csv")
    done = run_job(made, path)
    said = json.loads(done.manifest_path.read_text())
    assert said == done.manifest
    assert said["inputs"]["seed"] == said["seed"] == 7
    assert said["inputs"]["step_months"] == 1, "what was not asked is said too"
    assert said["data"]["delta_versions"]["incidents"] == data_version(made).delta_versions["incidents"]
    assert [file["file"] for file in said["files"]] == ["out.csv"]
    assert str(made.root) not in done.manifest_path.read_text()


def test_another_seed_is_another_result(made, tmp_path):
    path = written(tmp_path, BACKTEST, "out.csv")
    run_job(made, path)
    path.write_text(path.read_text().replace("seed = 7", "seed = 8"))
    assert run_job(made, path).same_as_before is False


class TestData:
    def test_a_job_that_is_pinned_runs_on_its_data_and_on_a_copy_of_them(self, made, tmp_path):
        path = written(tmp_path, BACKTEST, "out.csv")
        pin_job(made, path)
        assert run_job(made, path).manifest["data_as_pinned"] is True
        shutil.copytree(made.root, tmp_path / "copy")
        assert run_job(Workspace(tmp_path / "copy"), path).same_as_before is True

    def test_other_incidents_are_refused_unless_asked_for_and_then_said(self, made, tmp_path):
        path = written(tmp_path, BACKTEST, "out.csv")
        pin_job(made, path)
        shutil.copytree(made.root, tmp_path / "copy")
        other = Workspace(tmp_path / "copy")
        rows = [row | {"Month": "2024-05"} for row in west_rows("2024-04")]
        ingest(other, [folder_of(tmp_path / "more", {name_of("2024-05", WEST_FORCE): csv_text(rows)})])
        with pytest.raises(ConflictError, match=r"other incidents are loaded.*--other-data"):
            run_job(other, path)
        assert not (tmp_path / "out.csv").exists()
        done = run_job(other, path, other_data=True)
        assert done.manifest["data_as_pinned"] is False
        assert done.differences[0] == "other incidents are loaded"

    def test_a_workspace_made_again_from_the_same_files_has_the_same_data(self, made, tmp_path):
        again = build(tmp_path)
        assert data_version(made).differences(data_version(again)) == []

    def test_boundaries_that_are_missing_or_new_are_named(self, made, without_forces):
        with_forces, without = data_version(made), data_version(without_forces)
        assert with_forces.differences(without) == ["the boundary set pfa-2017 is gone"]
        assert without.differences(with_forces) == ["the boundary set pfa-2017 is new"]

    def test_a_job_is_pinned_once(self, made, tmp_path):
        path = written(tmp_path, BACKTEST, "out.csv")
        pin_job(made, path)
        with pytest.raises(ConflictError, match="says already"):
            pin_job(made, path)
        assert read_job(path).seed == 7


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("process = ", "not TOML"),
            ('process = "kde"\ncolour = "red"\n', "colour: extra inputs"),
            ("seed = 1\n", "process: field required"),
            ('process = "kde"\nseed = -1\n', "seed: input should be greater"),
        ],
    )
    def test_a_file_that_is_no_job_is_refused(self, made, tmp_path, text, said):
        with pytest.raises(UnreadableFileError, match=said):
            run_job(made, written(tmp_path, text, "out.csv"))

    def test_a_file_that_is_not_there_is_refused(self, made, tmp_path):
        with pytest.raises(UnreadableFileError, match="cannot be read"):
            run_job(made, tmp_path / "none.toml")

    def test_a_file_without_end_is_refused(self, made, tmp_path):
        path = written(tmp_path, "# " + "x" * 1_000_001, "out.csv")
        with pytest.raises(UnreadableFileError, match="too large"):
            run_job(made, path)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("seed = 3\n" + OTHERS["counts"], "draws nothing"),
            (BACKTEST + "seed = 9\n", "two seeds"),
            (BACKTEST.replace("250m", "wide"), "no kind of cells"),
        ],
    )
    def test_what_the_process_does_not_take_is_refused(self, made, tmp_path, text, said):
        with pytest.raises(ParameterError, match=said):
            run_job(made, written(tmp_path, text, "out.csv"))

    def test_a_process_that_does_not_exist_and_a_kind_that_is_not_written_are_refused(self, made, tmp_path):
        for text, output in (('process = "magic"\n', "out.csv"), (OTHERS["counts"], "out.exe")):
            with pytest.raises(CrimemapError, match=r"no such process|not a kind of file"):
                run_job(made, written(tmp_path, text, output))
