"""How long a map of 20,000 hexagons takes in Chromium, from a server on this machine: until it is drawn, and to change."""

import json
import shutil
from pathlib import Path

import h3
import numpy as np
import pytest
import shapely

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.map_codes import code_numbers, code_series, code_signed
from tests.browser.site_server import serving
from tests.products.county import FORCE, county

_RINGS = 82
_MONTHS = 36
_RUNS = 5
_MEASURE = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
  const type = document.querySelector('#map-type')
  type.value = '1'
  const start = performance.now()
  type.dispatchEvent(new Event('change'))
  await frame()
  return performance.now() - start
}"""


def crowded(file):
    """Give the file 20,419 hexagons, each counted in some ten of its months."""
    rng = np.random.default_rng(4)
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(52.15, -1.97, 9), _RINGS))
    n_types = len(file["types"])
    file["months"] = [f"{2022 + m // 12}-{m % 12 + 1:02d}" for m in range(_MONTHS)]
    file["period"] = [file["months"][-12], file["months"][-1]]
    file["status"] = ["0" * _MONTHS] * (n_types + 1)
    rows = [
        (unit, key) for unit in range(len(cells)) for key in sorted(set(rng.integers(0, _MONTHS * n_types, 10).tolist()))
    ]
    unit, key = (np.array(column) for column in zip(*rows, strict=True))
    texts = code_series(unit, key, rng.geometric(0.4, len(unit)))
    at, corners = [], ""
    for cell in cells:
        ring = [(x, y) for y, x in h3.cell_to_boundary(cell)]
        (centre,) = shapely.get_coordinates(shapely.centroid(shapely.Polygon(ring))).round(5).tolist()
        at += centre
        steps = np.rint((np.array(ring) - centre) * 100_000).astype(int).ravel().tolist()
        corners += code_numbers([len(ring)]) + code_signed(steps)
    number = list(range(len(cells)))
    hot = rng.choice(len(cells), 200, replace=False).tolist()
    return {
        **file,
        "unit": "hexagon",
        "ids": [],
        "at": [],
        "names": ["Mill Lane"],
        "name": [0] * len(cells),
        "cell": number,
        "counts": " ".join(texts[k] for k in number),
        "hexagons": {"at": at, "corners": corners, "hot": hot},
    }


def test_a_map_of_twenty_thousand_hexagons(tmp_path: Path, capsys):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    site = build_release(county(), ReleaseOptions(), tmp_path).path / "site"
    path = site / f"data/forces/{FORCE}/map.json"
    text = json.dumps(crowded(json.loads(path.read_text("utf-8"))), separators=(",", ":"))
    path.write_text(text, encoding="utf-8")
    ready, changed = [], []
    with serving(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for _ in range(_RUNS):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/forces/{FORCE}/")
            page.wait_for_selector("[data-ready=true]")
            ready.append(page.evaluate("performance.getEntriesByName('cm-map-drawn')[0].startTime"))
            changed.append(page.evaluate(_MEASURE))
            page.close()
        browser.close()
    with capsys.disabled():
        print(
            f"\n{len(text) / 1e6:.2f} MB of data; map drawn {np.median(ready):.0f} ms after the page was asked for "
            f"({min(ready):.0f} to {max(ready):.0f}); another type {np.median(changed):.0f} ms ({min(changed):.0f} to "
            f"{max(changed):.0f}), median of {_RUNS}"
        )
