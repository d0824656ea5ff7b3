import pytest
import shapely

from crimemap.analysis.grids.cells import parse_cells
from crimemap.errors import ParameterError
from crimemap.jobs import memory_needed
from crimemap.jobs.memory_needed import memory_of_machine, require_memory
from crimemap.jobs.study_area import StudyArea

AREA = StudyArea(geometry=shapely.box(500_000, 200_000, 502_000, 201_500), set_id=None, area_code=None, how="")


def test_a_million_squares_of_a_metre_are_refused_where_they_would_not_fit(monkeypatch):
    monkeypatch.setattr(memory_needed, "memory_of_machine", lambda: 4_000_000_000)
    with pytest.raises(
        ParameterError, match=r"3,000,000 cells with 9 neighbours each would take 2\.9 GB of memory.*4\.0 GB"
    ):
        require_memory(AREA, parse_cells("1m"), ring=1, distance_m=None)
    require_memory(AREA, parse_cells("2m"), ring=1, distance_m=None)


@pytest.mark.parametrize(("ring", "distance_m"), [(10, None), (1, 60.0)])
def test_many_neighbours_count_too(ring, distance_m, monkeypatch):
    monkeypatch.setattr(memory_needed, "memory_of_machine", lambda: 4_000_000_000)
    with pytest.raises(ParameterError, match="neighbours"):
        require_memory(AREA, parse_cells("3m"), ring=ring, distance_m=distance_m)
    require_memory(AREA, parse_cells("h3:11"), ring=ring, distance_m=distance_m)


def test_where_nothing_is_known_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(memory_needed, "memory_of_machine", lambda: None)
    require_memory(AREA, parse_cells("1m"), ring=1, distance_m=None)
    nowhere = StudyArea(geometry=None, set_id=None, area_code=None, how="")
    monkeypatch.setattr(memory_needed, "memory_of_machine", lambda: 1)
    require_memory(nowhere, parse_cells("1m"), ring=1, distance_m=None)


def test_a_container_with_a_limit_is_as_small_as_it(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory_needed, "_LIMIT_OF_CONTAINER", limit)
    whole = memory_of_machine()
    limit.write_text("max\n")
    assert memory_of_machine() == whole
    limit.write_text("1000000\n")
    assert memory_of_machine() == 1_000_000
