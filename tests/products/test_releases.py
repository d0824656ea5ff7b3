import pytest

from crimemap.errors import NotFoundError, ReleaseError
from crimemap.products.releases import Shelf, write_atomically

A, B, C = (f"2025010{day}T000000Z-0000000{day}" for day in (1, 2, 3))


@pytest.fixture
def shelf(tmp_path):
    for one in (A, B, C):
        (tmp_path / one).mkdir()
    return Shelf(tmp_path)


def test_nothing_is_active_at_first(shelf):
    assert shelf.active() is None


def test_activating_names_the_release_and_says_which_was_before(shelf):
    assert shelf.activate(A) is None
    assert shelf.activate(B) == A
    assert shelf.active() == B


def test_rolling_back_goes_one_activation_back_each_time(shelf):
    for one in (A, B, C):
        shelf.activate(one)
    assert shelf.roll_back() == (C, B)
    assert shelf.roll_back() == (B, A)
    with pytest.raises(ReleaseError, match="no earlier release"):
        shelf.roll_back()


def test_activating_twice_is_one_activation(shelf):
    shelf.activate(A)
    shelf.activate(B)
    shelf.activate(B)
    assert shelf.roll_back() == (B, A)


def test_rolling_back_passes_over_a_release_that_was_pruned(shelf):
    for one in (A, B, C):
        shelf.activate(one)
    (shelf.root / B).rmdir()
    assert shelf.roll_back() == (C, A)


def test_a_history_written_ahead_of_an_interrupted_activation_is_ignored(shelf):
    shelf.activate(A)
    shelf.activate(B)
    write_atomically(shelf.root / "history.json", f'["{A}", "{B}", "{C}"]')
    assert shelf.roll_back() == (B, A)


def test_pruning_keeps_the_newest_and_always_the_active(shelf):
    shelf.activate(A)
    assert shelf.prune(1) == [B]
    assert shelf.ids() == [A, C]


def test_pruning_clears_what_interrupted_runs_left(shelf):
    (shelf.root / ".building-1").mkdir()
    (shelf.root / f".removed-{A}").mkdir()
    shelf.prune(3)
    assert sorted(p.name for p in shelf.root.iterdir()) == [A, B, C]


@pytest.mark.parametrize("name", ["../x", "20250101T000000Z-zzzzzzzz", "active", ""])
def test_a_name_that_is_no_release_is_refused(shelf, name):
    with pytest.raises(NotFoundError, match="no such release"):
        shelf.path(name)


def test_a_shelf_that_is_not_there_is_empty(tmp_path):
    assert Shelf(tmp_path / "none").ids() == []
