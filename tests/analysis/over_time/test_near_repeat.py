import numpy as np
import pytest

from crimemap.analysis.over_time.knox import knox
from crimemap.analysis.over_time.near_repeat import FOLLOWER, ORIGINATOR, SIMULTANEOUS, UNLINKED, near_repeats
from crimemap.errors import InputError, ParameterError
from tests.analysis.over_time.test_knox import background, with_followers


def test_a_chain_by_hand():
    """A is followed by B, B by C; D is far away, E late, F and G are at the same moment."""
    x = [1000, 1050, 1120, 9000, 1050, 5000, 5010]
    day = [0, 3, 10, 3, 60, 20, 20]
    found = near_repeats(x, [1000] * 7, day, within_m=100, within_days=14)
    assert found.role.tolist() == [ORIGINATOR, FOLLOWER, FOLLOWER, UNLINKED, UNLINKED, SIMULTANEOUS, SIMULTANEOUS]
    assert found.follows.tolist() == [-1, 0, 1, -1, -1, -1, -1]
    assert found.n_followers.tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert found.n_simultaneous.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert found.chain.tolist() == [0, 0, 0, -1, -1, 1, 1]
    assert found.days_after[[1, 2]].tolist() == [3, 7]
    assert found.metres_from[[1, 2]].tolist() == [50, 70]
    assert found.links == 3


def test_it_follows_the_latest_and_of_several_the_nearest():
    x = [1000, 1080, 1010, 1020, 1050]
    found = near_repeats(x, [1000] * 5, [0, 5, 5, 2, 6], within_m=100, within_days=14)
    assert found.follows[4] == 1
    assert found.n_followed[4] == 4


def test_links_are_the_pairs_of_knoxs_test():
    x, y, day = with_followers(2, 0.2)
    found = near_repeats(x, y, day, within_m=200, within_days=14)
    test = knox(
        x, y, day, space_bands_m=[200], time_bands_days=[14], same_place_m=None, rng=np.random.default_rng(1), permutations=1
    )
    assert found.links == test.observed[0, 0]
    assert found.expected_links == pytest.approx(test.expected[0, 0])
    assert found.n_followers.sum() == found.n_followed.sum() == found.links


def test_what_followed_is_found_and_what_it_followed_named():
    x, y, day = with_followers(3, 0.18)
    n = 250
    found = near_repeats(x, y, day)
    assert (found.role[n:] == FOLLOWER).all()
    late = day[found.follows[n:]] < day[n:]
    assert late.all()


def test_no_links_is_an_answer():
    found = near_repeats([1000, 5000], [1000, 5000], [0, 1])
    assert (found.links, found.chain.tolist(), found.role.tolist()) == (0, [-1, -1], [UNLINKED] * 2)
    assert near_repeats([], [], []).links == 0


def test_rows_in_another_order_are_linked_alike():
    x, y, day = with_followers(4, 0.2)
    order = np.random.default_rng(5).permutation(x.size)
    one, other = near_repeats(x, y, day), near_repeats(x[order], y[order], day[order])
    assert (one.role[order] == other.role).all()
    assert (one.n_followers[order] == other.n_followers).all()
    assert (one.chain[order] == other.chain).all()


def test_what_cannot_be_used_is_refused():
    x, y, day = background(5, 1)
    with pytest.raises(ParameterError, match="within_days"):
        near_repeats(x, y, day, within_days=0)
    with pytest.raises(ParameterError, match="space_bands_m"):
        near_repeats(x, y, day, within_m=-1)
    with pytest.raises(InputError, match="only the month is known"):
        near_repeats(x, y, np.full(5, np.nan))
