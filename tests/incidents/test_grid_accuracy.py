"""How exact the way to the National Grid is, and that the OSTN15 grid is used where it is installed."""

import json
import os
import struct
import subprocess
import sys

import numpy as np
import pyproj
import pytest

from crimemap.crs import grid_accuracy, to_national_grid, to_wgs84

#: Points that Ordnance Survey publishes to test OSTN15 with: ETRS89 latitude, longitude; National Grid easting, northing.
#: Contains OS data (c) Crown copyright and database right 2016.
OS_TEST_POINTS = {
    "TP01 Scilly": (49.92226393730, -6.29977752014, 91492.146, 11318.804),
    "TP02 Lizard": (49.96006137820, -5.20304609998, 170370.718, 11572.405),
    "TP03 Plymouth": (50.43885825610, -4.10864563561, 250359.811, 62016.569),
    "TP04 St Catherine's Point": (50.57563665000, -1.29782277240, 449816.371, 75335.861),
    "TP05 Chichester": (50.93127937910, -1.45051433700, 438710.920, 114792.250),
    "TP06 Bridgend": (51.40078220140, -3.55128349240, 292184.870, 168003.465),
    "TP07 North Foreland": (51.37447025550, 1.44454730409, 639821.835, 169565.858),
    "TP08 Bristol": (51.42754743020, -2.54407618349, 362269.991, 169978.690),
    "TP09 London": (51.48936564950, -0.11992557180, 530624.974, 178388.464),
    "TP10 Carmarthen": (51.85890896400, -4.30852476960, 241124.584, 220332.641),
    "TP11 Colchester": (51.89436637350, 0.89724327012, 599445.590, 225722.826),
    "TP12 Droitwich": (52.25529381630, -2.15458614387, 389544.190, 261912.153),
}
POINTS = np.array(list(OS_TEST_POINTS.values()))


def errors_m():
    easting, northing = to_national_grid(POINTS[:, 1], POINTS[:, 0])
    return np.hypot(easting - POINTS[:, 2], northing - POINTS[:, 3])


def test_without_the_grid_positions_are_two_metres_off_and_five_at_worst():
    if grid_accuracy().ostn15:
        pytest.skip("the OSTN15 grid is installed here")
    assert grid_accuracy().accuracy_m == 2
    assert np.median(errors_m()) < 2
    assert errors_m().max() < 5


def test_with_the_grid_positions_are_right_to_centimetres():
    if not grid_accuracy().ostn15:
        pytest.skip("the OSTN15 grid (uk_os_OSTN15_NTv2_OSGBtoETRS.tif) is not installed here")
    assert errors_m().max() < 0.02


def test_there_and_back_is_the_same_position():
    longitude, latitude = to_wgs84(*to_national_grid(POINTS[:, 1], POINTS[:, 0]))
    np.testing.assert_allclose(longitude, POINTS[:, 1], atol=1e-8)
    np.testing.assert_allclose(latitude, POINTS[:, 0], atol=1e-8)


def test_a_grid_under_the_name_of_ostn15_is_used_where_it_is_installed(tmp_path):
    """A grid with the one shift that holds at one point gives that point to the millimetre, as OSTN15 would everywhere."""
    latitude, longitude, easting, northing = OS_TEST_POINTS["TP09 London"]
    to_osgb36 = pyproj.Transformer.from_crs("EPSG:27700", "EPSG:4277", always_xy=True)
    lon36, lat36 = to_osgb36.transform(easting, northing)
    write_ntv2(
        tmp_path / "uk_os_OSTN15_NTv2_OSGBtoETRS.tif", north_s=(latitude - lat36) * 3600, west_s=-(longitude - lon36) * 3600
    )
    program = (
        "import json; from crimemap.crs import grid_accuracy, to_national_grid;"
        f"e, n = to_national_grid([{longitude}], [{latitude}]);"
        "print(json.dumps([e[0], n[0], grid_accuracy().ostn15, grid_accuracy().accuracy_m]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PROJ_USER_WRITABLE_DIRECTORY": str(tmp_path), "PROJ_NETWORK": "OFF"},
        capture_output=True,
        text=True,
        check=True,
    )
    e, n, ostn15, accuracy_m = json.loads(ran.stdout)
    assert (e, n) == pytest.approx((easting, northing), abs=0.001)
    assert ostn15
    assert accuracy_m == 1


def write_ntv2(path, *, north_s, west_s):
    """Write an NTv2 grid over Britain with one shift everywhere, in seconds of arc."""

    def record(name, value):
        packed = struct.pack("<i4x", value) if isinstance(value, int) else value
        return name.ljust(8).encode() + (packed.ljust(8) if isinstance(packed, bytes) and len(packed) < 8 else packed)

    def number(value):
        return struct.pack("<d", value)

    south, north, east, west, step = 49 * 3600, 61 * 3600, -2 * 3600, 9 * 3600, 3600
    overview = [
        record("NUM_OREC", 11), record("NUM_SREC", 11), record("NUM_FILE", 1), record("GS_TYPE", b"SECONDS "),
        record("VERSION", b"TEST    "), record("SYSTEM_F", b"OSGB36  "), record("SYSTEM_T", b"ETRS89  "),
        record("MAJOR_F", number(6377563.396)), record("MINOR_F", number(6356256.909)),
        record("MAJOR_T", number(6378137.0)), record("MINOR_T", number(6356752.314)),
    ]  # fmt: skip
    nodes = ((north - south) // step + 1) * ((west - east) // step + 1)
    subgrid = [
        record("SUB_NAME", b"TEST    "), record("PARENT", b"NONE    "), record("CREATED", b"20160101"),
        record("UPDATED", b"20160101"), record("S_LAT", number(south)), record("N_LAT", number(north)),
        record("E_LONG", number(east)), record("W_LONG", number(west)), record("LAT_INC", number(step)),
        record("LONG_INC", number(step)), record("GS_COUNT", nodes),
    ]  # fmt: skip
    values = struct.pack("<ffff", north_s, west_s, 0.0, 0.0) * nodes
    path.write_bytes(b"".join([*overview, *subgrid]) + values + b"END".ljust(16))
