"""The small county with streets that have names, and postcodes."""

from dataclasses import replace

import numpy as np
import pandas as pd

from crimemap.products.inputs import Postcodes
from tests.products.county import county

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
    return Postcodes(frame=frame, attribution="Contains Royal Mail data", version="2025-05", sha256="f" * 64)


def searchable_county(kind="open"):
    """Give the county's inputs; a map point is called after its number, so that streets occur in several areas."""
    made = county(kind)
    rows = made.incidents.copy()
    known = rows["place_id"].notna()
    number = rows.loc[known, "place_id"].astype(int).to_numpy() % 11
    named = [f"On or near {STREETS[n]}" if n < len(STREETS) else f"On or near Street {n}" for n in number]
    rows["location"] = np.where(known, "", rows["location"])
    rows.loc[known, "location"] = named
    return replace(made, incidents=rows, postcodes=postcodes(made.areas))
