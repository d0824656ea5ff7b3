"""Small archives in the layout of data.police.uk."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping

import numpy as np

from crimemap.forces import force_name
from crimemap.periods import month_after

KINDS = ("street", "outcomes", "stop-and-search")


def csv_text(month: str, force: str, kind: str, rows: int = 40) -> bytes:
    lines = [f"Crime ID,Month,Reported by,{kind}"]
    lines += [
        f"{zlib.crc32(f'{month}{force}{kind}{n}'.encode()):064d},{month},{force},{n * 7919 % 1009}" for n in range(rows)
    ]
    return ("\n".join(lines) + "\n").encode()


def noise(seed: object, n: int) -> bytes:
    """Give bytes that no compression makes smaller, the same for the same seed."""
    return np.random.default_rng(zlib.crc32(str(seed).encode())).bytes(n)


def months_up_to(last: str, n: int) -> list[str]:
    return [month_after(last, at - n + 1) for at in range(n)]


def archive(
    months: Iterable[str], forces: Iterable[str], *, kinds: Iterable[str] = KINDS, rows: int = 40
) -> dict[str, bytes]:
    """Give the members by name."""
    return {
        f"{month}/{month}-{force}-{kind}.csv": csv_text(month, force, kind, rows)
        for month in months
        for force in forces
        for kind in kinds
    }


def zipped(members: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return made.getvalue()


def street_csv(month: str, force: str, rows: int = 20) -> bytes:
    """Give a file that can be ingested."""
    head = (
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
        "Last outcome category,Context"
    )
    name = force_name(force)
    lines = [
        f"{zlib.crc32(f'{month}{force}{n}'.encode()):064x},{month},{name},{name},{-3.2 + n / 1000:.6f},51.500000,"
        f"On or near High Street,W01001234,Cardiff 001A,Burglary,Under investigation,"
        for n in range(rows)
    ]
    return ("\n".join([head, *lines]) + "\n").encode()
