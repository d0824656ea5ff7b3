"""What is asked of the queue: inputs with every default, formats that the process gives, no files, areas in bounds."""

import json
from pathlib import Path

import geopandas as gpd
import pytest

from crimemap.errors import LimitError, NotFoundError, ParameterError
from crimemap.jobs.queue.asked import checked_job, require_area_within, study_area_km2
from crimemap.jobs.queue.outputs import FORMATS, formats_of, require_formats, write_outputs
from crimemap.jobs.registry import PROCESSES, run
from crimemap.workspace import Workspace
from tests.jobs.made import WEST_FORCE


def test_defaults_are_filled_in_and_the_inputs_survive_being_written_down() -> None:
    inputs, formats = checked_job("kde", {"force": WEST_FORCE})
    assert inputs["cell_size_m"] == 100
    assert formats == ("json", "csv", "geojson")
    assert checked_job("kde", json.loads(json.dumps(inputs)))[0] == inputs


@pytest.mark.parametrize(
    ("process", "given", "formats", "said"),
    [
        ("kde", {"force": WEST_FORCE, "nonsense": 1}, [], "nonsense"),
        ("kde", {"force": WEST_FORCE}, ["gif"], "kde does not give gif. It gives: json, csv, geojson"),
        ("hotspots", {"force": WEST_FORCE}, ["geotiff"], "hotspots does not give geotiff"),
        ("vintages", {"old": "csp-2017", "new": "csp-2020", "counts": "/etc/passwd"}, [], "a job reads no files"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_sentence(process: str, given: dict, formats: list[str], said: str) -> None:
    with pytest.raises(ParameterError) as refused:
        checked_job(process, given, formats)
    assert said in str(refused.value)


def test_an_unknown_process_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        checked_job("shell", {})


def test_no_process_but_one_takes_the_path_of_a_file() -> None:
    named = {
        (process.id, name)
        for process in PROCESSES.values()
        for name, field in process.inputs.model_fields.items()
        if "file" in (field.description or "").lower() or "Path" in str(field.annotation)
    }
    assert named == {("vintages", "counts")}


def test_each_format_is_wanted_once_and_in_the_order_asked() -> None:
    assert require_formats("kde", ["geotiff", "csv", "geotiff"]) == ("geotiff", "csv")
    assert set(formats_of("kde")) == set(FORMATS) - {"pdf"}


def test_every_format_of_a_surface_is_written_and_can_be_read(made: Workspace, tmp_path: Path) -> None:
    result = run("kde", made, {"force": WEST_FORCE, "backtest": False})
    files = write_outputs(result, tmp_path, process_id="kde", formats=formats_of("kde"))
    assert {file.name for file in files} == {path.name for path in tmp_path.iterdir()}
    assert all(file.size_bytes == (tmp_path / file.name).stat().st_size > 0 for file in files)
    assert json.loads((tmp_path / "kde.json").read_text())["process"] == "kde"
    shapes = gpd.read_file(tmp_path / "kde.geojson")
    assert shapes.crs == 4326
    assert (tmp_path / "kde.tif").read_bytes()[:4] == b"II*\0"
    assert (tmp_path / "kde.png").read_bytes()[:4] == b"\x89PNG"


def test_a_study_area_is_measured_by_area_by_force_and_all_together(made: Workspace) -> None:
    assert study_area_km2(made, {"area": "csp-2017:E22000001", "force": None}) == pytest.approx(1)
    assert study_area_km2(made, {"area": None, "force": WEST_FORCE}) == pytest.approx(6)
    assert study_area_km2(made, {"area": None, "force": None}) == pytest.approx(10)
    assert study_area_km2(made, {"source": "csp-2017", "target": "lad-2017"}) is None


def test_an_area_beyond_the_limit_is_refused_and_one_within_is_not(made: Workspace) -> None:
    inputs = {"area": None, "force": WEST_FORCE}
    require_area_within(made, inputs, 6.1)
    with pytest.raises(LimitError, match="6 km²"):
        require_area_within(made, inputs, 5.9)
