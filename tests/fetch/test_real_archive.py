"""A real archive, served as the original is."""

import zipfile

import pytest

from crimemap.fetch.police_uk import fetch_police_uk
from tests.fetch.server import File
from tests.real_data import REAL_DATA, needs_real_data


@pytest.mark.real_data
@needs_real_data
def test_a_real_force_year_is_what_the_archive_holds_and_little_else_is_transferred(site, client, tmp_path):
    path = REAL_DATA / "police-uk" / "2025-eight-forces.zip"
    site.paths["/2025-12.zip"] = File(path.read_bytes(), etag='"real"')
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    found = fetch_police_uk(
        client, tmp_path, forces=["south-wales"], months=months, kinds=["street"], base=f"{site.url}/2025-12.zip"
    )
    with zipfile.ZipFile(path) as archive:
        packed = 0
        for file in found.files:
            name = f"{file.month}/{file.path.name}"
            assert file.path.read_bytes() == archive.read(name)
            packed += archive.getinfo(name).compress_size
    assert found.count("fetched") == 12
    assert packed <= found.received_bytes < packed + 1024 * 1024 + 64 * 1024
