"""Every connected group of units within limits, each once and in a fixed order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["WORD", "Part", "connected_groups", "group_matrix", "is_connected", "pieces"]

Floats = NDArray[np.float64]
Masks = NDArray[np.uint64]

#: Units that one machine word can name.
WORD: Final = 64
_ONE: Final = np.uint64(1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """
    Units of one connected part of the map, with what limits their groups.

    Attributes
    ----------
    units
        Codes.
    edges
        Shape (n_edges, 2). Indices of neighbours.
    population
        Shape (n_units,). People.
    together, apart
        Pairs of indices that belong in one group, or in two.
    """

    units: tuple[str, ...]
    edges: NDArray[np.intp]
    population: Floats
    together: tuple[tuple[int, int], ...] = ()
    apart: tuple[tuple[int, int], ...] = ()
    min_population: float | None = None
    max_population: float | None = None
    max_members: int | None = None

    def __len__(self) -> int:
        """Count the units."""
        return len(self.units)

    @property
    def near(self) -> list[set[int]]:
        """The neighbours of each unit."""
        found: list[set[int]] = [set() for _ in self.units]
        for a, b in self.edges.tolist():
            found[a].add(b)
            found[b].add(a)
        return found

    @property
    def slack(self) -> float:
        """Rounding of a sum of the part's people."""
        return 1e-9 * float(self.population.sum())

    def allowed(self, members: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which groups, shape (n_groups, n_units), keep the limits; whether they are connected is not looked at."""
        people = members @ self.population
        good = np.ones(len(members), dtype=np.bool_)
        if self.min_population is not None:
            good &= people >= self.min_population - self.slack
        if self.max_population is not None:
            good &= people <= self.max_population + self.slack
        if self.max_members is not None:
            good &= members.sum(axis=1) <= self.max_members
        for a, b in self.together:
            good &= members[:, a] == members[:, b]
        for a, b in self.apart:
            good &= ~(members[:, a] & members[:, b])
        return good


def _bits(n: int) -> Masks:
    """Give each unit's row of words with its own bit set."""
    bits = np.zeros((n, -(-n // WORD)), dtype=np.uint64)
    unit = np.arange(n)
    bits[unit, unit // WORD] = np.left_shift(_ONE, (unit % WORD).astype(np.uint64))
    return bits


def _distinct(masks: Masks) -> NDArray[np.intp]:
    """Give the rows that are the first of their like, in order of value."""
    if masks.shape[1] == 1:
        return np.asarray(np.unique(masks[:, 0], return_index=True)[1], dtype=np.intp)
    order = np.lexsort(masks.T)
    ordered = masks[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return order[first]


def connected_groups(part: Part, *, limit: int, going_on: Callable[[int], bool] = lambda _: True) -> Masks | None:
    """
    List every connected group of a part's units that keeps its limits.

    Groups grow by one neighbour at a time; what only becomes worse by growing (too many people or members, two units that
    belong apart) stops the growth, what may become better (too few people, a partner missing) is judged at the end.

    Parameters
    ----------
    limit
        Most groups to look at; each takes some 30 bytes.
    going_on
        Called with the number found after each round; returning False gives up.

    Returns
    -------
    ndarray of uint64 or None
        Shape (n_groups, n_words). Bit k of word w stands for unit 64 w + k; by number of members, then by value. None where
        the limit was passed, or `going_on` said so.
    """
    n = len(part)
    bits = _bits(n)
    word, bit = np.arange(n) // WORD, bits.max(axis=1)
    neighbours = np.zeros_like(bits)
    np.bitwise_or.at(neighbours, part.edges[:, 0], bits[part.edges[:, 1]])
    np.bitwise_or.at(neighbours, part.edges[:, 1], bits[part.edges[:, 0]])
    most = min(n, part.max_members or n)
    ceiling = np.inf if part.max_population is None else part.max_population + part.slack
    fits = part.population <= ceiling
    level, people, near = bits[fits], part.population[fits], neighbours[fits]
    levels, found = [level], len(level)
    if found > limit:
        return None
    for _ in range(1, most):
        grown: list[tuple[Masks, Floats, Masks]] = []
        size = 0
        for k in range(n):
            takes = ((near[:, word[k]] & bit[k]) != 0) & ((level[:, word[k]] & bit[k]) == 0)
            takes &= people + part.population[k] <= ceiling
            for a, b in part.apart:
                if k in {a, b}:
                    other = b if k == a else a
                    takes &= (level[:, word[other]] & bit[other]) == 0
            grown.append((level[takes] | bits[k], people[takes] + part.population[k], near[takes] | neighbours[k]))
            size += len(grown[-1][0])
            if size > limit * _GROWTHS:
                return None
        if not size:
            break
        level = np.concatenate([mask for mask, *_ in grown])
        first = _distinct(level)
        level = level[first]
        people = np.concatenate([value for _, value, _ in grown])[first]
        near = np.concatenate([mask for *_, mask in grown])[first]
        levels.append(level)
        found += len(level)
        if found > limit or not going_on(found):
            return None
    masks = np.concatenate(levels)
    kept = [part.allowed(group_matrix(masks[k : k + _CHUNK], n)) for k in range(0, len(masks), _CHUNK)]
    return masks[np.concatenate(kept)] if kept else masks


#: A group of n units grows out of at most n smaller ones, of a dozen on the average.
_GROWTHS: Final = 16
_CHUNK: Final = 50_000


def group_matrix(masks: Masks, n: int) -> NDArray[np.bool_]:
    """
    Write groups as rows of membership.

    Examples
    --------
    >>> group_matrix(np.array([[5]], dtype=np.uint64), 3).tolist()
    [[True, False, True]]
    """
    octets = np.ascontiguousarray(masks.astype("<u8")).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=n, bitorder="little").astype(np.bool_)


def pieces(members: set[int], near: list[set[int]]) -> list[set[int]]:
    """Divide a set of units into its connected pieces, that with the first unit first."""
    left, found = set(members), []
    while left:
        piece, front = set(), {min(left)}
        while front:
            piece |= front
            front = {b for a in front for b in near[a] if b in left} - piece
        left -= piece
        found.append(piece)
    return found


def is_connected(members: set[int], near: list[set[int]]) -> bool:
    """Say whether units hang together; no unit at all does not."""
    return len(pieces(members, near)) == 1
