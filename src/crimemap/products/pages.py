"""Writing the pages: one function for each kind, all from facts that are worked out already, once in each language."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import crimemap
from crimemap.language import ENGLISH, LANGUAGES, gettext, language, speaking
from crimemap.products.addresses import write_crawler_files
from crimemap.products.area_building import AreaBuilder
from crimemap.products.comparing_pages import comparing_pages
from crimemap.products.context import SiteContext, site_name
from crimemap.products.cube import SUPPRESSED
from crimemap.products.downloads import DICTIONARY
from crimemap.products.frames import records
from crimemap.products.home_page import forces_here, home_values, search_values
from crimemap.products.inputs import FORCE
from crimemap.products.names import area_type_plural, safe_segment
from crimemap.products.page_languages import counterparts, page_folder
from crimemap.products.page_writing import page_html, write_page
from crimemap.products.planner_page import planner_values
from crimemap.products.verdict_record import record_words

__all__ = ["WrittenPages", "write_pages"]

_TELL_EVERY = 50
#: Home, search, About the data, planner, not found, gone.
_GENERAL = 6
_PLANNED = ("csp", "lad")


@dataclass(frozen=True, slots=True)
class WrittenPages:
    """
    How many pages of areas were made, and how many were taken from an earlier release, as nothing in them changed.

    `known` of the unchanged ones were known to be so from what they are made from, and were not worked out.
    """

    built: int
    unchanged: int
    known: int = 0


def write_pages(
    context: SiteContext, site: Path, *, earlier: Path | None = None, progress: Callable[[str], None]
) -> WrittenPages:
    """
    Write every page in every language of the release.

    Parameters
    ----------
    site
        The site's root, in the folder of the release.
    earlier
        A release from which pages of areas are taken that would be the same; None to make all.
    """
    progress("writing pages")
    done = 0
    builder = AreaBuilder(context, site, earlier=earlier)
    for code, forces in context.languages.items():
        with speaking(code):
            done += _write_spoken(context, site, forces, builder, progress=progress)
    builder.finish(progress)
    write_crawler_files(context, site)
    progress(f"wrote {done} pages; of areas {builder.built} were built and {builder.unchanged} unchanged")
    return WrittenPages(built=builder.built, unchanged=builder.unchanged, known=builder.known)


def _write_spoken(
    context: SiteContext, site: Path, forces: frozenset[str], builder: AreaBuilder, *, progress: Callable[[str], None]
) -> int:
    """Write the pages of these forces, and those that no force has, in the language that is spoken."""
    rows = np.flatnonzero(context.facts.cube.areas["force"].isin(forces).to_numpy()).tolist()
    unbounded = builder.unbounded()
    told = "writing pages" if language() == ENGLISH else f"writing pages in {LANGUAGES[language()]}"
    for done, index in enumerate(rows, start=1):
        builder.build(index)
        if done % _TELL_EVERY == 0:
            progress(f"{told}: {done} of {len(rows) + len(unbounded)} areas")
    for team in unbounded:
        builder.build_unbounded(team)
    write_page(site, "home.html", "", context, home_values(context))
    write_page(site, "search.html", "search", context, search_values(context))
    comparing = list(comparing_pages(context, forces))
    for one in comparing:
        write_page(site, one.template, one.folder, context, one.values, force=one.force)
    _about(context, site)
    _planner(context, site)
    _missing(context, site)
    return len(rows) + len(unbounded) + len(comparing) + _GENERAL


def _planner(context: SiteContext, site: Path) -> None:
    aligned = context.aligned
    compared = [] if aligned is None else list(aligned.pairs.values())
    values = {
        "title": gettext("Merger planner"),
        "description": gettext(
            "How partnerships fit command units, counties and districts, and which mergers would mend it."
        ),
        "page": "planner",
        "has_map": True,
        "plan": planner_values(
            [one.document for one in compared if one.source.area_type in _PLANNED],
            None if aligned is None else aligned.ladder_document,
        ),
    }
    write_page(site, "planner.html", "planner", context, values)


def _missing(context: SiteContext, site: Path) -> None:
    """Write the pages for addresses that are not there, or no longer, which may be asked for from any depth."""
    values = {
        "root": "/",
        "home": f"/{page_folder('')}/".replace("//", "/"),
        "forces_here": forces_here(context),
        "title": gettext("Page not found"),
        "description": gettext("There is no page at this address."),
    }
    for name, gone in (("404.html", False), ("gone.html", True)):
        given = {**values, "gone": gone, "counterparts": counterparts(name, context.languages, root="/")}
        (site / page_folder("") / name).write_text(page_html("missing.html", context, given), encoding="utf-8")


def _about(context: SiteContext, site: Path) -> None:
    coverage = context.inputs.coverage
    of_incidents = coverage[coverage["table_name"] == "incidents"]
    cube = context.facts.cube
    rows = []
    for slug, name in context.force_names.items():
        months = of_incidents[of_incidents["force"] == slug].sort_values("month", ascending=False)
        index = context.rows.get((slug, FORCE, slug))
        hidden = {
            month for m, month in enumerate(cube.months) if index is not None and cube.status[index, m, -1] == SUPPRESSED
        }
        described = [
            {
                "month": row["month"],
                "row_count": int(row["row_count"]),
                "status": "no_data" if row["status"] != "loaded" else "suppressed" if row["month"] in hidden else "counted",
            }
            for row in records(months)
        ]
        loaded = sum(one["status"] != "no_data" for one in described)
        rows.append({"name": name, "loaded": loaded, "months": described})
    values = {
        "title": gettext("About the data"),
        "description": gettext("Sources, coverage, methods and licence of {site}.").format(site=site_name()),
        "page": "about",
        "version": crimemap.__version__,
        "first_month": context.inputs.first_month,
        "sources": context.inputs.sources,
        "boundary_sets": [{**one, "type_name": area_type_plural(one["area_type"])} for one in context.inputs.boundary_sets],
        "coverage": rows,
        "downloads": _downloads(context),
        "dictionary": DICTIONARY,
        "verdict_words": record_words(context.verdict_record),
        "threshold": context.options.policy.threshold,
        "snap_cap_km": f"{context.options.policy.snap_cap_m / 1000:g}",
        "h3_resolution": context.options.h3_resolution,
    }
    write_page(site, "about.html", "about", context, values)


def _downloads(context: SiteContext) -> list[dict[str, Any]]:
    """List each force's files, by their addresses below the site's root."""
    downloads = []
    for slug, name in context.force_names.items():
        folder = f"data/forces/{safe_segment(slug)}/"
        files = [(f"{folder}counts.csv", gettext("Counts of every area by month and type (CSV)"))]
        if slug in context.hotspots:
            files += [
                (f"{folder}hotspots.csv", gettext("Hexagons and hotspots (CSV)")),
                (f"{folder}hotspots.geojson", gettext("Hexagons and hotspots (GeoJSON)")),
                (f"maps/{safe_segment(slug)}.html", gettext("Hotspot map to save or send (HTML)")),
            ]
        kinds = context.inputs.areas.loc[context.inputs.areas["force"] == slug, "area_type"].unique()
        files += [
            (f"{folder}boundaries-{kind}.geojson", gettext("{what} (GeoJSON)").format(what=area_type_plural(kind)))
            for kind in kinds
        ]
        downloads.append({"name": name, "files": files})
    return downloads
