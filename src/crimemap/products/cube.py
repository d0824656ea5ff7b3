"""Counts by area, month and offence type, as one block of numbers from which pages, downloads and tables are cut."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from crimemap.disclosure.suppress import suppress_counts
from crimemap.products.frames import codes
from crimemap.products.inputs import FORCE, ReleaseInputs

__all__ = ["ALL", "COUNTED", "NO_DATA", "STATUS_NAMES", "SUPPRESSED", "Cube", "build_cube"]

#: The offence type of totals.
ALL = "All"
COUNTED, NO_DATA, SUPPRESSED = 0, 1, 2
STATUS_NAMES = np.array(["counted", "no_data", "suppressed"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """
    Counts with what they mean.

    Parameters
    ----------
    areas
        Row i describes the i-th area: area_type, vintage, area_code, area_name, force. The forces come last.
    months, offence_types
        Names along the second and third axis; the last offence type is the total.
    incidents
        Shape (n_areas, n_months, n_types). Incidents; 0 where the status is not `COUNTED`.
    status
        The same shape.
    withheld
        place_id (-1: no location), force, month, offence_type of rows that point data must leave out.
    """

    areas: pd.DataFrame
    months: list[str]
    offence_types: list[str]
    incidents: NDArray[np.int32]
    status: NDArray[np.uint8]
    withheld: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Give every cell as a row, in the columns of the release's `counts` table."""
        n_areas, n_months, n_types = self.incidents.shape
        each = np.repeat(np.arange(n_areas), n_months * n_types)
        status = self.status.ravel()
        incidents = pd.array(self.incidents.ravel(), dtype="Int32")
        incidents[status != COUNTED] = pd.NA
        columns = {name: self.areas[name].to_numpy()[each] for name in ("area_type", "vintage", "area_code", "force")}
        return pd.DataFrame(
            {
                **columns,
                "month": np.tile(np.repeat(np.array(self.months, dtype=object), n_types), n_areas),
                "offence_type": np.tile(np.array(self.offence_types, dtype=object), n_areas * n_months),
                "incidents": incidents,
                "status": STATUS_NAMES[status],
            }
        )


def _grouped(db: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Count incidents by place, force, month, type and kind: the only pass over incidents; the rest follows from it."""
    return db.execute(
        """SELECT coalesce(place_id, -1)::INTEGER AS place_id, force::force_slug AS force, month::month_name AS month,
                  offence_type::offence AS offence_type, kind = 'open' AS is_open, count(*)::INTEGER AS n
           FROM prepared GROUP BY ALL"""
    ).df()


def _withheld(grouped: pd.DataFrame) -> pd.DataFrame:
    words = {name: grouped[name].astype("str") for name in ("force", "month", "offence_type")}
    return pd.DataFrame({"place_id": grouped["place_id"], **words})


def _memberships(inputs: ReleaseInputs, forces: list[str], pairs: pd.DataFrame) -> sparse.csr_matrix:
    """
    Say which pairs of place and force lie in which areas, the forces' own rows last.

    Returns
    -------
    csr_matrix
        Shape (n_areas + n_forces, n_pairs).
    """
    links = pairs.reset_index(names="pair").merge(inputs.place_areas, on="place_id")
    rows = np.concatenate([links["area_id"].to_numpy(), len(inputs.areas) + codes(pairs["force"], forces)])
    columns = np.concatenate([links["pair"].to_numpy(), np.arange(len(pairs))])
    shape = (len(inputs.areas) + len(forces), len(pairs))
    return sparse.csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape)


def _no_data(inputs: ReleaseInputs, areas: pd.DataFrame, months: list[str]) -> NDArray[np.bool_]:
    """Say which areas have no data in which months: those for which their force's file was not loaded."""
    covered = inputs.coverage[(inputs.coverage["table_name"] == "incidents") & (inputs.coverage["status"] == "loaded")]
    loaded = set(zip(covered["force"], covered["month"], strict=True))
    by_force = {
        force: np.array([(force, month) not in loaded for month in months]) for force in areas["force"].dropna().unique()
    }
    unknown = np.ones(len(months), dtype=bool)
    return np.array([by_force.get(force, unknown) for force in areas["force"]]).reshape(len(areas), len(months))


def _atoms(members: sparse.csr_matrix) -> tuple[NDArray[np.int64], sparse.csr_matrix]:
    """Put columns that lie in the same areas together: give each column's atom, and the areas of each atom."""
    by_column = sparse.csc_matrix(members)
    by_column.sort_indices()
    keys = [by_column.indices[a:b].tobytes() for a, b in zip(by_column.indptr[:-1], by_column.indptr[1:], strict=True)]
    atom, first = pd.factorize(pd.Series(keys, dtype=object))
    del first
    representative = pd.Series(atom).drop_duplicates().index.to_numpy()
    return atom.astype(np.int64), sparse.csr_matrix(by_column[:, representative])


def build_cube(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, *, threshold: int) -> Cube:
    """
    Count, and suppress what must be.

    Parameters
    ----------
    db
        A connection that has the view `prepared`: incidents with uniform offence types.
    inputs
        Areas, places and coverage.
    threshold
        Smallest count of confidential incidents that may be published.
    """
    grouped = _grouped(db)
    forces = sorted(set(inputs.coverage["force"]) | set(grouped["force"]))
    months = inputs.months
    types = sorted(grouped["offence_type"].unique())
    pairs = grouped[["place_id", "force"]].drop_duplicates(ignore_index=True)
    members = _memberships(inputs, forces, pairs)
    pair = grouped[["place_id", "force"]].merge(pairs.reset_index(names="pair"), on=["place_id", "force"])["pair"].to_numpy()
    month, kind = codes(grouped["month"], months), codes(grouped["offence_type"], types)
    cells = sparse.csr_matrix(
        (grouped["n"].to_numpy(), (pair, month * len(types) + kind)), shape=(len(pairs), len(months) * len(types))
    )
    by_type = np.asarray((members @ cells).toarray()).reshape(members.shape[0], len(months), len(types))
    values = np.concatenate([by_type, by_type.sum(axis=2, keepdims=True)], axis=2).astype(np.int32)
    force_rows = pd.DataFrame(
        {"area_type": FORCE, "vintage": "", "area_code": forces, "area_name": forces, "force": forces},
    )
    described = inputs.areas[["area_type", "vintage", "area_code", "area_name", "force"]]
    areas = pd.concat([pd.DataFrame(described), force_rows], ignore_index=True)
    status = np.zeros(values.shape, dtype=np.uint8)
    status[_no_data(inputs, areas, months)] = NO_DATA
    secret = ~grouped["is_open"].to_numpy(dtype=bool)
    withheld = _withheld(grouped.iloc[:0])
    if secret.any():
        hidden, status = _suppressed(
            members,
            status,
            pair=pair[secret],
            month=month[secret],
            kind=kind[secret],
            n=grouped["n"].to_numpy()[secret],
            threshold=threshold,
        )
        withheld = _withheld(grouped[secret & hidden[pair, month, kind]])
    values[status != COUNTED] = 0
    return Cube(areas=areas, months=months, offence_types=[*types, ALL], incidents=values, status=status, withheld=withheld)


def _suppressed(
    members: sparse.csr_matrix,
    status: NDArray[np.uint8],
    *,
    pair: NDArray[np.int64],
    month: NDArray[np.int64],
    kind: NDArray[np.int64],
    n: NDArray[np.int64],
    threshold: int,
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """
    Suppress month by month.

    Returns
    -------
    withheld, status
        Shape (n_pairs, n_months, n_types), true where confidential rows stay out of point data; and the status with
        `SUPPRESSED` set.
    """
    n_months, n_types = status.shape[1], status.shape[2] - 1
    atom, atom_members = _atoms(members)
    withheld = np.zeros((members.shape[1], n_months, n_types), dtype=bool)
    status = status.copy()
    for m in np.unique(month):
        now = month == m
        counts = np.zeros((atom_members.shape[1], n_types), dtype=np.int64)
        np.add.at(counts, (atom[pair[now]], kind[now]), n[now])
        concerned = np.flatnonzero(counts.any(axis=1))
        part = sparse.csr_matrix(atom_members[:, concerned])
        rows = np.flatnonzero(np.asarray(part.sum(axis=1)).ravel() > 0)
        found = suppress_counts(sparse.csr_matrix(part[rows]), counts[concerned], threshold=threshold)
        block = status[rows, m]
        block[found.suppressed & (block == COUNTED)] = SUPPRESSED
        status[rows, m] = block
        place = np.full(atom_members.shape[1], -1)
        place[concerned] = np.arange(len(concerned))
        known = place[atom] >= 0
        withheld[known, m] = found.withheld[place[atom[known]]]
    return withheld, status
