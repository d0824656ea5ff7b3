"""Measures of agreement against sabre's regions and published label vectors."""

import numpy as np
import pytest
from sklearn.metrics import homogeneity_completeness_v_measure

from crimemap.alignment.measures import measures

REGIONS = np.array([[13, 3, 4], [0, 16, 4], [4, 0, 16], [0, 4, 16]])


def test_the_regions_of_sabre_give_its_figures_to_six_digits():
    found = measures(REGIONS)
    assert found.homogeneity == pytest.approx(0.315342, abs=5e-7)
    assert found.completeness == pytest.approx(0.422752, abs=5e-7)
    assert found.v_measure == pytest.approx(0.361231, abs=5e-7)
    assert found.variation_of_information == pytest.approx(2.230487, abs=5e-7)
    assert found.normalised_variation_of_information == pytest.approx(0.779571, abs=1e-6)
    assert found.mapcurves == found.mapcurves_target == pytest.approx(0.611464, abs=5e-7)
    assert found.mapcurves_source == pytest.approx(0.456445, abs=5e-7)
    assert found.nesting == pytest.approx(0.7625)
    assert found.nesting_of_source == pytest.approx([0.65, 0.8, 0.8, 0.8])
    assert found.best_iou_of_source == pytest.approx([0.541667, 0.592593, 0.363636, 0.363636], abs=5e-7)


def test_label_vectors_agree_with_scikit_learn_to_fourteen_digits():
    rows, columns = np.nonzero(REGIONS)
    source = np.repeat(rows, REGIONS[rows, columns])
    target = np.repeat(columns, REGIONS[rows, columns])
    found = measures(REGIONS)
    peer = homogeneity_completeness_v_measure(source, target)
    assert (found.homogeneity, found.completeness, found.v_measure) == pytest.approx(peer, rel=1e-14)


@pytest.mark.parametrize(
    ("clusters", "v"),
    [
        ([[3, 1, 1], [1, 3, 1], [1, 1, 3]], 0.14),
        ([[3, 2, 0], [0, 3, 2], [2, 0, 3]], 0.39),
    ],
)
def test_the_first_two_solutions_of_rosenberg_and_hirschberg_give_their_v(clusters, v):
    assert measures(clusters).v_measure == pytest.approx(v, abs=5e-3)
