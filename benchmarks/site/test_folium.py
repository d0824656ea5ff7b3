"""A force's 20,419 hexagons on its page, beside the same on a map as folium makes it, from a server on this machine."""

import json
import shutil
from pathlib import Path

import folium
import h3
import numpy as np
import pytest

from benchmarks.test_maps import crowded
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.resources import web_path
from tests.browser.site_server import serving
from tests.products.county import FORCE, county

_RUNS = 5
_RINGS = 82
_DRAWN = """() => new Promise(done => {
  const look = () => document.querySelectorAll('path.leaflet-interactive').length >= %d
    ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 20)
  look()
})"""


def _by_folium(folder: Path) -> int:
    """Write folium's map of the hexagons; give how many there are."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(52.15, -1.97, 9), _RINGS))
    features = [
        {
            "type": "Feature",
            "properties": {"n": k},
            "geometry": {"type": "Polygon", "coordinates": [[[x, y] for y, x in h3.cell_to_boundary(cell)]]},
        }
        for k, cell in enumerate(cells)
    ]
    made = folium.Map(location=[52.15, -1.97], zoom_start=10, tiles=None)
    folium.GeoJson({"type": "FeatureCollection", "features": features}).add_to(made)
    made.save(folder / "folium.html")
    return len(cells)


def test_ours_beside_foliums(tmp_path, capsys):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    site = build_release(county(), ReleaseOptions(), tmp_path).path / "site"
    path = site / f"data/forces/{FORCE}/map.json"
    path.write_text(json.dumps(crowded(json.loads(path.read_text("utf-8"))), separators=(",", ":")), encoding="utf-8")
    n = _by_folium(site)
    leaflet = (web_path() / "leaflet/leaflet.js").read_bytes()
    ours, theirs, foreign = [], [], set()

    def outside(route):
        """Answer for the servers that folium's page asks, at once: Leaflet as it is, the rest as nothing."""
        foreign.add(route.request.url)
        kind = "text/javascript" if route.request.url.endswith(".js") else "text/css"
        route.fulfill(body=leaflet if route.request.url.endswith("leaflet.js") else b"", content_type=kind)

    with (
        serving(site) as address,
        serving(site, policy="default-src * 'unsafe-inline' data:") as lax,
        sync_playwright() as pw,
    ):
        browser = pw.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for _ in range(_RUNS):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/forces/{FORCE}/")
            page.wait_for_selector("[data-ready=true]")
            ours.append(page.evaluate("performance.getEntriesByName('cm-map-drawn')[0].startTime"))
            page.close()
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.route(lambda url: not url.startswith(("http://127.0.0.1", "data:")), outside)
            page.goto(f"{lax}/folium.html")
            theirs.append(page.evaluate(_DRAWN % n))
            page.close()
        browser.close()
    bytes_ = [path.stat().st_size, (site / "folium.html").stat().st_size]
    with capsys.disabled():
        print(
            f"\n{n} hexagons, median of {_RUNS}, milliseconds until drawn: our page, with its counts by month and type, "
            f"{np.median(ours):.0f} ({min(ours):.0f} to {max(ours):.0f}), asking no other server; folium's "
            f"{np.median(theirs):.0f} ({min(theirs):.0f} to {max(theirs):.0f}), asking others for {len(foreign)} files, "
            f"answered at once; ratio {np.median(theirs) / np.median(ours):.1f}; bytes of data {bytes_[0]} and {bytes_[1]}"
        )
    assert np.median(ours) < np.median(theirs)
    assert len(foreign) > 0
