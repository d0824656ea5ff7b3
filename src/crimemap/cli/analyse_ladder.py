"""The command that puts partnerships on the ladder of policing geographies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.analyse import OutputOption, run_process
from crimemap.cli.shared import JsonOption, WorkspaceOption, reported, say, table

__all__ = ["register"]

_SHOWN = 40
_SAID = {
    "lad": "are one or several whole districts",
    "county": "lie in one county or unitary area",
    "bcu": "lie in one command unit",
    "pfa": "lie in one force",
}


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("ladder")(ladder)


def ladder(
    csp: Annotated[str, typer.Option("--csp", help="Community safety partnerships: csp-2017.")] = "csp",
    lad: Annotated[str | None, typer.Option("--lad", help="Districts: lad-2017.")] = None,
    county: Annotated[str | None, typer.Option("--county", help="Counties and unitary areas: ctyua-2017.")] = None,
    bcu: Annotated[list[str] | None, typer.Option("--bcu", help="Command units; again for another force's.")] = None,
    pfa: Annotated[str | None, typer.Option("--pfa", help="Police force areas: pfa-2017.")] = None,
    population: Annotated[str | None, typer.Option("--population", help="Small areas with people: lsoa-2011.")] = None,
    vintage: Annotated[str | None, typer.Option("--population-vintage", help="Vintage of their numbers.")] = None,
    sliver_width: Annotated[float, typer.Option("--sliver-width", help="Slivers are narrower than this, metres ...")] = 30.0,
    sliver_share: Annotated[float, typer.Option("--sliver-share", help="... and a smaller share of either area ...")] = 0.05,
    sliver_people: Annotated[float, typer.Option("--sliver-people", help="... and hold fewer people.")] = 500.0,
    coterminous: Annotated[
        float, typer.Option("--coterminous", help="Areas are coterminous from this share of what both cover together ...")
    ] = 0.999,
    minor: Annotated[float, typer.Option("--minor", help="... differ in detail from this one ...")] = 0.95,
    nested: Annotated[
        float, typer.Option("--nested", help="... and one is nested with this share of it in another.")
    ] = 0.99,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Say whether each partnership agrees with its districts, county, command units and force, and who falls outside.

    Sets that are not named are those of the nearest vintage.
    """
    with reported(as_json):
        given = {
            "csp": csp,
            "lad": lad,
            "county": county,
            "bcu": bcu or None,
            "pfa": pfa,
            "population": population,
            "population_vintage": vintage,
            "sliver_width_m": sliver_width,
            "sliver_share": sliver_share,
            "sliver_people": sliver_people,
            "coterminous": coterminous,
            "minor": minor,
            "nested": nested,
        }
        run_process("ladder", workspace, given, output=output, as_json=as_json, show=_show)


def _show(said: Mapping[str, Any]) -> None:
    rungs = [rung for rung in said["sets"] if rung != "csp"]
    people = said["outside_in"] == "population"
    say("; ".join(f"{rung} {', '.join(sets)}" for rung, sets in said["sets"].items()) + ".")
    differ = [row for row in said["rows"] if any(row[f"{rung}_agrees"] is False for rung in rungs)]
    differ.sort(key=lambda row: -max(row[f"{rung}_outside"] or 0.0 for rung in rungs))
    lines = [
        [row["area_code"], row["area_name"], rung, "; ".join(row[f"{rung}_codes"]), row[f"{rung}_class"],
         _amount(row[f"{rung}_outside"], people=people)]
        for row in differ
        for rung in rungs
        if row[f"{rung}_agrees"] is False
    ]  # fmt: skip
    if lines:
        heads = ["code", "partnership", "rung", "its areas", "class", "outside"]
        table("Partnerships that do not agree, most outside first", heads, lines[:_SHOWN], numeric=("outside",))
    if len(lines) > _SHOWN:
        say(f"{len(lines) - _SHOWN:,} more; --output or --json gives all.")
    rows = [
        [line["force_name"] or line["force"], line["csps"],
         *(f"{line[f'{rung}_agree']} of {line[f'{rung}_covered']}" if line[f"{rung}_covered"] else "-" for rung in rungs)]
        for line in said["forces"]
    ]  # fmt: skip
    if rows:
        table("Partnerships that agree, by force", ["force", "partnerships", *rungs], rows, numeric=("partnerships", *rungs))
    whole = said["summary"]
    for rung in rungs:
        covered = whole[f"{rung}_covered"]
        extra = f", {whole['lad_several']} of them several" if rung == "lad" else ""
        say(
            f"{whole[f'{rung}_agree']} of {covered} partnerships {_SAID[rung]}{extra}; "
            f"{_amount(whole[f'{rung}_fitting'], people=people)} live there, "
            f"{_amount(whole[f'{rung}_outside'], people=people)} fall outside."
            if people
            else f"{whole[f'{rung}_agree']} of {covered} partnerships {_SAID[rung]}{extra}."
        )
    for caution in said["cautions"]:
        say(caution)
    if "bcus" in whole:
        one, nearly, several = (whole[f"bcus_{name}"] for name in ("coterminous", "minor", "of_whole_csps"))
        told = f"{one} are one partnership, {nearly} nearly, and {several} are several whole ones"
        say(f"Of {whole['bcus']} command units {told}.")


def _amount(value: float | None, *, people: bool) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f} people" if people else f"{value / 1e6:,.2f} km²"
