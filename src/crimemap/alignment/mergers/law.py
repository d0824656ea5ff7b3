"""
Who must agree to a merger of community safety partnerships, and what else the law asks.

Crime and Disorder Act 1998, sections 5 and 5A, as amended by the Police Reform and Social Responsibility Act 2011 (in force
since 16 January 2012) and the Health and Care Act 2022. This finds what a lawyer should look at; it is not legal advice.
Contains public sector information licensed under the Open Government Licence v3.0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import networkx as nx

from crimemap.alignment.mergers.contiguity import Contiguity
from crimemap.errors import InputError, NotFoundError
from crimemap.language import gettext

__all__ = ["Area", "Flag", "LegalReview", "Party", "review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """
    A local government area: in England a district, London borough, the City, Wight or Scilly; in Wales a county or borough.

    Attributes
    ----------
    code, name
        Code (E06 to E09, W06) and name.
    county
        Code or name of the county that includes it, where its council is not a unitary authority.
    forces
        Police areas any part of which lies within it.
    fire, health, probation
        Fire and rescue authorities, integrated care boards (in Wales Local Health Boards) and probation providers, where
        known; without them the review says that they are to be looked up.
    """

    code: str
    name: str
    county: str | None = None
    forces: tuple[str, ...] = ()
    fire: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    probation: tuple[str, ...] = ()

    @property
    def country(self) -> Literal["England", "Wales", "elsewhere"]:
        """The country, by the code."""
        return {"E": "England", "W": "Wales"}.get(self.code[:1], "elsewhere")  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Someone who must agree; `named` is False where only the kind is known, and the body must be looked up."""

    role: str
    name: str
    rule: str
    named: bool = True
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to look at: what kind of thing, and a sentence with the rule, in the language spoken when it was found."""

    flag: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalReview:
    """
    What the law asks of one proposed partnership.

    Attributes
    ----------
    areas
        Codes of the local government areas.
    needs_agreement
        Whether the proposal combines two or more areas at all.
    route
        `none needed`, `combination agreement`, or `no combination agreement` where section 5A does not reach.
    parties
        Everyone who must be a party.
    cross_force
        Whether more than one police area is touched: the Secretary of State must be a party.
    contiguous
        Whether the areas border one another without a break; None where neighbours are not known. The Act is silent.
    split_counties
        Counties of which the proposal takes some districts and not others.
    wales
        Whether an area in Wales is included: combination agreements are for England only.
    flags
        What to look at: `agreement`, `wales`, `elsewhere`, `cross_force`, `not_contiguous`, `contiguity_not_known`,
        `split_county`, `part_of_a_district`, `look_up`.
    """

    areas: tuple[str, ...]
    needs_agreement: bool
    route: Literal["none needed", "combination agreement", "no combination agreement"]
    parties: tuple[Party, ...]
    cross_force: bool
    contiguous: bool | None
    split_counties: tuple[str, ...]
    wales: bool
    flags: tuple[Flag, ...] = field(default=())

    @property
    def notes(self) -> tuple[str, ...]:
        """What to look at, one sentence each, with the rule."""
        return tuple(flag.says for flag in self.flags)


def review(
    codes: Iterable[str],
    areas: Mapping[str, Area],
    *,
    contiguity: Contiguity | None = None,
    contiguous: bool | None = None,
    in_part: Iterable[str] = (),
) -> LegalReview:
    """
    Review one proposed partnership.

    Parameters
    ----------
    codes
        Local government areas that it would combine.
    areas
        Every area of the country, or at least every district of the counties concerned, by code.
    contiguity
        Neighbours among the areas.
    contiguous
        Whether they border one another without a break, where the caller knows it and not the neighbours.
    in_part
        Areas of which the proposal takes only a part.

    Raises
    ------
    NotFoundError
        If a code is unknown.
    InputError
        If an area comes twice, or has no police area.
    """
    chosen = tuple(codes)
    unknown = [code for code in chosen if code not in areas]
    if unknown or not chosen:
        raise NotFoundError(
            f"no area {unknown[0]!r}" if unknown else "no area is named",
            where="areas",
            fix="Give codes of local government areas.",
        )
    if len(set(chosen)) < len(chosen):
        raise InputError("an area is named twice", where="areas", fix="Name each area once.")
    own = [areas[code] for code in chosen]
    lacking = [area.code for area in own if not area.forces]
    if lacking:
        raise InputError(f"{lacking[0]} has no police area", where="forces", fix="Give each area its police area.")
    forces = _distinct(force for area in own for force in area.forces)
    counties = _distinct(area.county for area in own if area.county)
    split = tuple(
        county for county in counties if any(a.county == county and a.code not in set(chosen) for a in areas.values())
    )
    wales = any(area.country == "Wales" for area in own)
    combined = len(own) > 1
    contiguous = contiguous if contiguity is None else _contiguous(chosen, contiguity)
    route: Literal["none needed", "combination agreement", "no combination agreement"] = "none needed"
    if combined:
        route = "combination agreement" if all(area.country == "England" for area in own) else "no combination agreement"
    parties = _parties(own, forces, counties, agreement=combined and route == "combination agreement")
    return LegalReview(
        areas=chosen,
        needs_agreement=combined,
        route=route,
        parties=parties,
        cross_force=len(forces) > 1,
        contiguous=contiguous,
        split_counties=split if combined else (),
        wales=wales,
        flags=(
            *_flags(own, forces, split if combined else (), parties, contiguous=contiguous, route=route),
            *(
                Flag(
                    "part_of_a_district",
                    gettext("Only a part of {area} is in: the Act combines whole areas (s5(1A)).").format(
                        area=areas[code].name
                    ),
                )
                for code in in_part
            ),
        ),
    )


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _contiguous(chosen: tuple[str, ...], contiguity: Contiguity) -> bool:
    graph = contiguity.graph.subgraph(chosen)
    return len(graph) == len(chosen) and nx.is_connected(graph)


def _parties(own: list[Area], forces: list[str], counties: list[str], *, agreement: bool) -> tuple[Party, ...]:
    found = [Party(role="council", name=area.name, rule="s5(1)(a)", code=area.code) for area in own]
    found += [Party(role="county council", name=county, rule="s5(1)(a)") for county in counties]
    found += [Party(role="chief officer of police", name=force, rule="s5(1)(b)") for force in forces]
    found += _bodies("fire and rescue authority", [area.fire for area in own], "s5(1)(d)")
    for country, role, rule in (
        ("England", "integrated care board", "s5(1)(e)"),
        ("Wales", "Local Health Board", "s5(1)(f)"),
    ):
        here = [area.health for area in own if area.country == country]
        if here:
            found += _bodies(role, here, rule)
    found += _bodies("provider of probation services", [area.probation for area in own], "s5(1)(aa)")
    if agreement:
        found += [Party(role="local policing body", name=force, rule="s5(1A)") for force in forces]
        if len(forces) > 1:
            found.append(Party(role="Secretary of State", name=gettext("Secretary of State"), rule="s5A(5)"))
    return tuple(found)


def _bodies(role: str, of_areas: list[tuple[str, ...]], rule: str) -> list[Party]:
    found = [Party(role=role, name=name, rule=rule) for name in _distinct(name for names in of_areas for name in names)]
    if not all(of_areas):
        found.append(Party(role=role, name=f"every {role} of the area", rule=rule, named=False))
    return found


def _flags(
    own: list[Area],
    forces: list[str],
    split: tuple[str, ...],
    parties: tuple[Party, ...],
    *,
    contiguous: bool | None,
    route: str,
) -> tuple[Flag, ...]:
    found = []
    if route == "combination agreement":
        said = gettext(
            "A written combination agreement is needed, with all {n} bodies listed as parties (s5A(1), s5A(7))."
        ).format(n=len(parties))
        found.append(Flag("agreement", said))
    if route == "no combination agreement":
        found.append(
            Flag(
                "wales",
                gettext(
                    "An area in Wales is included: combination agreements are for areas in England (s5(1A)); take advice."
                ),
            )
            if any(area.country == "Wales" for area in own)
            else Flag(
                "elsewhere",
                gettext("An area outside England is included: combination agreements are for areas in England (s5(1A))."),
            )
        )
    if len(forces) > 1:
        said = (
            gettext(
                "{n} police areas are touched: the Secretary of State must be a party (s5A(5)), and the agreement must "
                "secure co-operation between the policing bodies (s5A(4))."
            )
            if route == "combination agreement"
            else gettext("{n} police areas are touched: each chief officer is a responsible authority (s5(1)(b)).")
        )
        found.append(Flag("cross_force", said.format(n=len(forces))))
    if contiguous is False:
        said = gettext("The areas do not border one another without a break; the Act does not ask for it, but a board will.")
        found.append(Flag("not_contiguous", said))
    cut = gettext("County {county} is split: some of its districts would be in, others out.")
    found += [Flag("split_county", cut.format(county=county)) for county in split]
    if any(not party.named for party in parties):
        kinds = ", ".join(gettext(role) for role in _distinct(party.role for party in parties if not party.named))
        found.append(Flag("look_up", gettext("Not all bodies are named: look up each {kinds}.").format(kinds=kinds)))
    return tuple(found)
