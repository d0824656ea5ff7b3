"""Small files in the shape that data.police.uk publishes, made up for tests."""

import csv
import io
import zipfile
from pathlib import Path

STREET = [
    "Crime ID",
    "Month",
    "Reported by",
    "Falls within",
    "Longitude",
    "Latitude",
    "Location",
    "LSOA code",
    "LSOA name",
    "Crime type",
    "Last outcome category",
    "Context",
]
OUTCOMES = [*STREET[:9], "Outcome type"]
STOPS = [
    "Type",
    "Date",
    "Part of a policing operation",
    "Policing operation",
    "Latitude",
    "Longitude",
    "Gender",
    "Age range",
    "Self-defined ethnicity",
    "Officer-defined ethnicity",
    "Legislation",
    "Object of search",
    "Outcome",
    "Outcome linked to object of search",
    "Removal of more than just outer clothing",
]


def crime_id(number: int) -> str:
    return f"{number:064x}"


def street_row(number: int | None = None, **changed: str) -> dict[str, str]:
    row = {
        "Crime ID": "" if number is None else crime_id(number),
        "Month": "2024-01",
        "Reported by": "West Demoshire Police",
        "Falls within": "West Demoshire Police",
        "Longitude": "-1.500000",
        "Latitude": "52.500000",
        "Location": "On or near High Street",
        "LSOA code": "E01000001",
        "LSOA name": "Demo 001A",
        "Crime type": "Anti-social behaviour" if number is None else "Burglary",
        "Last outcome category": "" if number is None else "Under investigation",
        "Context": "",
    }
    return row | {name.replace("_", " "): value for name, value in changed.items()}


def outcome_row(number: int, **changed: str) -> dict[str, str]:
    row = {name: value for name, value in street_row(number).items() if name in OUTCOMES} | {
        "Outcome type": "Suspect charged"
    }
    return row | {name.replace("_", " "): value for name, value in changed.items()}


def stop_row(**changed: str) -> dict[str, str]:
    row = dict.fromkeys(STOPS, "") | {
        "Type": "Person search",
        "Date": "2024-01-05T23:10:00+00:00",
        "Latitude": "52.500000",
        "Longitude": "-1.500000",
        "Gender": "Male",
        "Outcome linked to object of search": "True",
        "Removal of more than just outer clothing": "False",
    }
    return row | {name.replace("_", " "): value for name, value in changed.items()}


def csv_text(rows: list[dict[str, str]], header: list[str] = STREET, *, end: str = "\n") -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, lineterminator=end, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def name_of(month: str = "2024-01", force: str = "west-demoshire", kind: str = "street") -> str:
    return f"{month}/{month}-{force}-{kind}.csv"


def zip_of(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return path


def folder_of(path: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
