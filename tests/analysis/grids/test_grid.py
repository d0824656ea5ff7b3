import pytest

from crimemap.analysis.grids.grid import count_in_cells
from crimemap.errors import InputError


def test_empty_cells_count_as_0_and_incidents_elsewhere_are_told():
    found = count_in_cells([10, 20, 30], [20, 20, 25, 31, 9], incidents=[1, 4, 2, 1, 3])
    assert found.counts.tolist() == [0, 5, 0]
    assert (found.inside, found.outside) == (5, 6)


def test_a_grid_without_cells_leaves_every_incident_outside():
    found = count_in_cells([], [1, 2])
    assert (found.counts.size, found.inside, found.outside) == (0, 0, 2)


def test_cells_out_of_order_are_refused():
    with pytest.raises(InputError, match="ascending"):
        count_in_cells([2, 1], [1])


@pytest.mark.parametrize("incidents", [[1.5], [-1]])
def test_numbers_of_incidents_are_whole_and_not_negative(incidents):
    with pytest.raises(InputError, match="whole numbers of 0 or more"):
        count_in_cells([1], [1], incidents=incidents)


def test_one_number_for_each_place():
    with pytest.raises(InputError, match="2 numbers of incidents for 1 places"):
        count_in_cells([1], [1], incidents=[1, 2])
