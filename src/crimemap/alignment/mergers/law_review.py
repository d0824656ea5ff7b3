"""The law for every unit that a change makes, as a document: who must agree, and what to look at."""

from collections.abc import Iterable
from typing import Any, Final

import pandas as pd

from crimemap.alignment.mergers.law import Area, Party, review
from crimemap.alignment.mergers.planning import Planning
from crimemap.language import gettext

__all__ = ["law_of"]

_POLICE: Final = ("chief officer of police", "local policing body")


def law_of(planning: Planning, made: pd.DataFrame, codes: Iterable[str]) -> list[dict[str, Any]]:
    """
    Review units.

    Parameters
    ----------
    made
        What units are made of: see `composition`.
    codes
        Units to review. Those whose districts or police areas are not all known are left out.

    Returns
    -------
    list of dict
        See docs/json/mergers.md; sentences and names of roles are in the language that is spoken.
    """
    table = planning.districts
    if table is None:
        return []
    names = {
        str(county): str(name) if isinstance(name, str) else str(county)
        for county, name in zip(table["county"], table["county_name"], strict=True)
        if isinstance(county, str)
    }
    # The review speaks of counties by name; two counties of one name are told apart by their code.
    several = {name for name in names.values() if list(names.values()).count(name) > 1}
    said = {code: f"{name} ({code})" if name in several else name for code, name in names.items()}
    areas = {
        str(code): Area(
            code=str(code),
            name=str(row["name"]),
            county=said[row["county"]] if isinstance(row["county"], str) else None,
            forces=tuple(row["forces"]),
        )
        for code, row in table.iterrows()
    }
    code_of = {name: code for code, name in said.items()}
    reviewed = []
    for unit in codes:
        row: Any = made.loc[unit]
        members = list(row["districts"])
        if not members or any(code not in areas or not areas[code].forces for code in members):
            continue
        contiguous = None if row["contiguous"] is None else bool(row["contiguous"])
        found = review(members, areas, contiguous=contiguous, in_part=row["districts_in_part"])
        flags = [{"flag": flag.flag, "says": flag.says} for flag in found.flags]
        if contiguous is None:
            says = gettext("Units are taken apart, and how their small areas border one another is not known.")
            flags.append({"flag": "contiguity_not_known", "says": says})
        reviewed.append(
            {
                "unit": unit,
                "members": members,
                "route": found.route,
                "parties": [_party(party, planning, code_of) for party in found.parties],
                "flags": flags,
                "wales": found.wales,
            }
        )
    return reviewed


def _party(party: Party, planning: Planning, code_of: dict[str, str]) -> dict[str, Any]:
    told = {"kind": party.role, "label": gettext(party.role)}
    if not party.named:
        return told | {"name": None, "code": None, "why": party.rule}
    name, code = party.name, party.code
    if party.role in _POLICE:
        name, code = planning.forces.get(name, name), name
    elif party.role == "county council":
        code = code_of.get(name)
    return told | {"name": name, "code": code, "why": party.rule}
