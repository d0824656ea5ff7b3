"""The small county with streets that have names, and postcodes."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.products.inputs import MEMBERSHIP_TYPES, Postcodes
from tests.products.county import FORCE, county

STREETS = (
    "Mill Lane",
    "Saint Mary's Road",
    "High Street",
    "Cathedral Close",
    "Maes-y-Môr",
    '<script>alert("1")</script> Way',
    "Church Street",
    "Parking Area",
)


def postcodes(areas):
    """Give each neighbourhood 25 postcodes of ZZ1, and the first five of ZZ10 too."""
    local = areas.index[areas["area_type"] == "neighbourhood"].tolist()
    rows = [
        (f"ZZ1 {at % 3 + 1}{chr(65 + at)}{letter}", area)
        for at, area in enumerate(local)
        for letter in "ABDEFGHJLNPQRSTUWXYZ"
    ]
    rows += [(f"ZZ10 {at}AA", area) for at, area in enumerate(local[:5])]
    frame = pd.DataFrame(rows, columns=["postcode", "area_id"]).sort_values("postcode", ignore_index=True)
    rng = np.random.default_rng(7)
    west, south, _, _ = areas.bounds.loc[frame["area_id"]].to_numpy().T
    frame["quality"] = 10
    frame["easting"] = (west + rng.integers(20, 1_480, len(frame))).astype("int32")
    frame["northing"] = (south + rng.integers(20, 1_480, len(frame))).astype("int32")
    frame["membership"] = frame["area_id"].map({area: k for k, area in enumerate(local)})
    memberships = pd.DataFrame([_membership(areas, k, area) for k, area in enumerate(local)])
    memberships[list(MEMBERSHIP_TYPES)] = memberships[list(MEMBERSHIP_TYPES)].astype("Int64")
    return Postcodes(
        frame=frame,
        memberships=memberships,
        names={"E07000901": "Ashby", "E07000902": "Brook", "E10000901": "Demoshire", "E05000901": "Harbour"},
        attribution="Contains Royal Mail data",
        version="2025-05",
        sha256="f" * 64,
    )


def _membership(areas, number, local):
    """Say what a neighbourhood's postcodes lie in: its ward has the first neighbourhood's name, or none."""
    point = areas.geometry.loc[local].representative_point()
    within = {
        kind: next(iter(areas.index[(areas["area_type"] == kind) & areas.covers(point)]), pd.NA) for kind in MEMBERSHIP_TYPES
    }
    district = areas["area_code"].loc[within["lad"]]
    codes = {"country_code": "E92000001", "county_code": "E10000901", "district_code": district}
    ward = {"ward_code": f"E05000{901 + number}", "lsoa_code": None}
    return {"membership": number} | codes | ward | within | {"neighbourhood": local}


def earlier(areas):
    """Give the partnerships of 2017: one, where there are two today."""
    whole = shapely.union_all(areas.geometry[areas["area_type"] == "csp"].to_numpy())
    row = {"area_type": "csp", "vintage": "2017", "area_code": "E22000900", "area_name": "Old Demoshire", "force": FORCE}
    frame = gpd.GeoDataFrame([row | {"area_m2": whole.area}], geometry=[whole], crs=areas.crs)
    return frame.set_axis(pd.RangeIndex(len(areas), len(areas) + 1, name="area_id"), axis=0)


def searchable_county(kind="open"):
    """Give the county's inputs; a map point is called after its number, so that streets occur in several areas."""
    made = county(kind)
    rows = made.incidents.copy()
    known = rows["place_id"].notna()
    number = rows.loc[known, "place_id"].astype(int).to_numpy() % 11
    named = [f"On or near {STREETS[n]}" if n < len(STREETS) else f"On or near Street {n}" for n in number]
    rows["location"] = np.where(known, "", rows["location"])
    rows.loc[known, "location"] = named
    return replace(made, incidents=rows, postcodes=postcodes(made.areas), earlier=earlier(made.areas))
