"""
The territorial police forces: slug in police.uk's addresses, name in its files, code in ONS's boundaries.

Names are those that the "Reported by" column carries; codes are the police force areas of the ONS register (E23, W15).
The British Transport Police and Northern Ireland publish to police.uk too and have no police force area in England or Wales.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

__all__ = [
    "BRITISH_TRANSPORT_POLICE",
    "FORCES",
    "WELSH_FORCES",
    "Force",
    "force_by_area_code",
    "force_by_name",
    "force_name",
]

BRITISH_TRANSPORT_POLICE: Final = "btp"


@dataclass(frozen=True, slots=True)
class Force:
    """One police force."""

    slug: str
    name: str
    area_code: str | None


def _force(slug: str, name: str, area_code: str | None) -> tuple[str, Force]:
    return slug, Force(slug, name, area_code)


FORCES: Final = dict(
    (
        _force("avon-and-somerset", "Avon and Somerset Constabulary", "E23000036"),
        _force("bedfordshire", "Bedfordshire Police", "E23000026"),
        _force("btp", "British Transport Police", None),
        _force("cambridgeshire", "Cambridgeshire Constabulary", "E23000023"),
        _force("cheshire", "Cheshire Constabulary", "E23000006"),
        _force("city-of-london", "City of London Police", "E23000034"),
        _force("cleveland", "Cleveland Police", "E23000013"),
        _force("cumbria", "Cumbria Constabulary", "E23000002"),
        _force("derbyshire", "Derbyshire Constabulary", "E23000018"),
        _force("devon-and-cornwall", "Devon & Cornwall Police", "E23000035"),
        _force("dorset", "Dorset Police", "E23000039"),
        _force("durham", "Durham Constabulary", "E23000008"),
        _force("dyfed-powys", "Dyfed-Powys Police", "W15000004"),
        _force("essex", "Essex Police", "E23000028"),
        _force("gloucestershire", "Gloucestershire Constabulary", "E23000037"),
        _force("greater-manchester", "Greater Manchester Police", "E23000005"),
        _force("gwent", "Gwent Police", "W15000002"),
        _force("hampshire", "Hampshire Constabulary", "E23000030"),
        _force("hertfordshire", "Hertfordshire Constabulary", "E23000027"),
        _force("humberside", "Humberside Police", "E23000012"),
        _force("kent", "Kent Police", "E23000032"),
        _force("lancashire", "Lancashire Constabulary", "E23000003"),
        _force("leicestershire", "Leicestershire Police", "E23000021"),
        _force("lincolnshire", "Lincolnshire Police", "E23000020"),
        _force("merseyside", "Merseyside Police", "E23000004"),
        _force("metropolitan", "Metropolitan Police Service", "E23000001"),
        _force("norfolk", "Norfolk Constabulary", "E23000024"),
        _force("north-wales", "North Wales Police", "W15000001"),
        _force("north-yorkshire", "North Yorkshire Police", "E23000009"),
        _force("northamptonshire", "Northamptonshire Police", "E23000022"),
        _force("northern-ireland", "Police Service of Northern Ireland", None),
        _force("northumbria", "Northumbria Police", "E23000007"),
        _force("nottinghamshire", "Nottinghamshire Police", "E23000019"),
        _force("south-wales", "South Wales Police", "W15000003"),
        _force("south-yorkshire", "South Yorkshire Police", "E23000011"),
        _force("staffordshire", "Staffordshire Police", "E23000015"),
        _force("suffolk", "Suffolk Constabulary", "E23000025"),
        _force("surrey", "Surrey Police", "E23000031"),
        _force("sussex", "Sussex Police", "E23000033"),
        _force("thames-valley", "Thames Valley Police", "E23000029"),
        _force("warwickshire", "Warwickshire Police", "E23000017"),
        _force("west-mercia", "West Mercia Police", "E23000016"),
        _force("west-midlands", "West Midlands Police", "E23000014"),
        _force("west-yorkshire", "West Yorkshire Police", "E23000010"),
        _force("wiltshire", "Wiltshire Police", "E23000038"),
    )
)

WELSH_FORCES: Final = frozenset({"dyfed-powys", "gwent", "north-wales", "south-wales"})

_WORDS = re.compile(r"[^a-z]+")
#: Names that police.uk has used for the same force over the years.
_OTHER_NAMES: Final = {
    "leicestershire constabulary": "leicestershire",
    "hampshire and isle of wight constabulary": "hampshire",
    "devon and cornwall police": "devon-and-cornwall",
    "devon and cornwall constabulary": "devon-and-cornwall",
    "metropolitan police": "metropolitan",
    "psni": "northern-ireland",
}


def _key(name: str) -> str:
    return _WORDS.sub(" ", name.lower().replace("&", " and ")).strip()


@cache
def _slugs_by_name() -> dict[str, str]:
    return {_key(force.name): slug for slug, force in FORCES.items()} | _OTHER_NAMES


def force_by_name(name: str) -> str | None:
    """
    Find a force's slug by a name that police.uk has used for it.

    Examples
    --------
    >>> force_by_name("Devon & Cornwall Police"), force_by_name("Atlantis Police")
    ('devon-and-cornwall', None)
    """
    return _slugs_by_name().get(_key(name))


def force_by_area_code(area_code: str) -> str | None:
    """
    Find a force's slug by the code of its police force area.

    Examples
    --------
    >>> force_by_area_code("W15000003")
    'south-wales'
    """
    return next((slug for slug, force in FORCES.items() if force.area_code == area_code), None)


def force_name(slug: str) -> str:
    """
    Give a force's name, made from its slug where it is not one that we know.

    Examples
    --------
    >>> force_name("south-wales"), force_name("west-demoshire")
    ('South Wales Police', 'West Demoshire')
    """
    force = FORCES.get(slug)
    return force.name if force else slug.replace("-", " ").title()
