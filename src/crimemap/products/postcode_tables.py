"""The tables of a release that look-ups of postcodes read."""

import duckdb
import pandas as pd

from crimemap.products.inputs import MEMBERSHIP_TYPES, Postcodes

__all__ = ["fill_postcodes"]


def fill_postcodes(db: duckdb.DuckDBPyConnection, postcodes: Postcodes | None) -> None:
    """
    Store postcodes in the order of their letters and digits, so that those of one beginning lie together.

    Parameters
    ----------
    db
        The release's database in the making, its tables made.
    """
    if postcodes is None:
        return
    db.register("postcodes_given", postcodes.frame)
    db.execute(
        """INSERT INTO postcodes SELECT postcode, quality, easting, northing, membership FROM postcodes_given
           ORDER BY replace(postcode, ' ', '')"""
    )
    db.unregister("postcodes_given")
    codes = ("country_code", "county_code", "district_code", "ward_code", "lsoa_code")
    rows = postcodes.memberships[["membership", *codes, *MEMBERSHIP_TYPES]]
    rows = rows.astype(dict.fromkeys(codes, "string"))
    db.register("memberships_given", rows)
    db.execute(f"INSERT INTO postcode_memberships SELECT {', '.join(rows.columns)} FROM memberships_given")  # noqa: S608 - names of ours
    db.unregister("memberships_given")
    named = pd.DataFrame({"code": list(postcodes.names), "name": list(postcodes.names.values())}, dtype="string")
    db.register("names_given", named)
    db.execute("INSERT INTO code_names SELECT code, name FROM names_given ORDER BY code")
    db.unregister("names_given")
