"""The static site of a release: assets, data, maps and pages, in that order."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb

from crimemap.language import speaking
from crimemap.products.alignment_overlaps import Aligned
from crimemap.products.base_map import write_base_map
from crimemap.products.cards import write_cards
from crimemap.products.comparing_pages import write_comparing_files
from crimemap.products.context import SiteContext, site_name
from crimemap.products.cube import Cube
from crimemap.products.data_dictionary import write_csv_metadata
from crimemap.products.downloads import write_downloads
from crimemap.products.facts import gather_facts
from crimemap.products.hotspots import ForceHotspots
from crimemap.products.inputs import ReleaseInputs, ReleaseOptions
from crimemap.products.maps import write_hotspot_map
from crimemap.products.names import safe_segment
from crimemap.products.pages import WrittenPages, write_pages
from crimemap.products.rendering import environment
from crimemap.products.script_words import write_script_words
from crimemap.products.search_entries import write_search
from crimemap.resources import web_path

__all__ = ["write_site"]

_IN_TABLE = 25


def write_site(
    db: duckdb.DuckDBPyConnection,
    inputs: ReleaseInputs,
    options: ReleaseOptions,
    cube: Cube,
    *,
    found: dict[str, ForceHotspots],
    aligned: Aligned | None,
    site: Path,
    release_id: str,
    created: datetime,
    attributions: list[str],
    earlier: Path | None = None,
    progress: Callable[[str], None],
) -> WrittenPages:
    """
    Write the site.

    Parameters
    ----------
    db
        The release's database, still open, with the temporary tables of the build.
    cube, found
        Counts and hotspots.
    aligned
        The boundary sets compared with one another; None where there are not two.
    site
        The folder to make.
    attributions
        What must be said beside the data.
    earlier
        A release from which pages of areas are taken that would be the same; None to make all.
    progress
        Told what is being done.
    """
    web = web_path()
    shutil.copytree(web, site / "assets", ignore=shutil.ignore_patterns("assets.json"))
    listed = json.loads((web / "assets.json").read_text(encoding="utf-8"))["files"]
    write_base_map(options.base_map, site)
    facts = gather_facts(db, inputs, cube)
    progress("writing data files")
    write_downloads(db, inputs, facts, found, site)
    context = SiteContext(
        inputs=inputs,
        options=options,
        facts=facts,
        hotspots=found,
        aligned=aligned,
        release_id=release_id,
        created=created.isoformat(),
        attribution=attributions,
        hashes={name: file["sha256"][:8] for name, file in listed.items()},
    )
    write_script_words(site / "assets" / "words", context.languages)
    if options.site_address:
        for code in context.languages:
            with speaking(code):
                write_cards(site / "assets" / "cards")
    progress("drawing maps")
    for force, one in found.items():
        folder = site / "data" / "forces" / safe_segment(force)
        outlines = [folder / f"boundaries-{kind}.geojson" for kind in ("neighbourhood", "csp", "lad", "pfa")]
        outline = next((path for path in outlines if path.is_file()), None)
        empty = '{"type":"FeatureCollection","features":[]}'
        write_hotspot_map(
            environment(),
            one,
            empty if outline is None else outline.read_text(encoding="utf-8"),
            site,
            name=safe_segment(force),
            force_name=context.force_names[force],
            attributions=attributions,
            busiest=context.busiest(force, _IN_TABLE),
            area_type=context.hotspot_area_type(force),
            source=context.source_words(force),
        )
    progress("writing the search")
    write_search(context, site)
    write_comparing_files(context, site)
    written = write_pages(context, site, earlier=earlier, progress=progress)
    write_csv_metadata(site / "data", title=site_name(), licences=attributions)
    return written
