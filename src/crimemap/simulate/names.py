"""Invented names: of places, streets and people. Plausible in England, and of nowhere and nobody."""

import re
from typing import Final

import numpy as np
from numpy.random import Generator

__all__ = [
    "CITY",
    "COUNTY",
    "DISTRICTS",
    "FORCE",
    "FORCE_NAME",
    "initials",
    "person_names",
    "place_names",
    "slug",
    "street_names",
]

FORCE: Final = "wendleshire"
FORCE_NAME: Final = "Wendleshire Police"
COUNTY: Final = "Wendleshire"
CITY: Final = "Castermere"
#: The seven districts, clockwise from the north-west. The first two make one basic command unit.
DISTRICTS: Final = ("Ashenholt", "Brindlemoor", "Corrindale", "Dunfleet Sands", "Elverstow", "Fennerby", "Gravenhythe")

_PLACE_STARTS: Final = (
    "Aldwen", "Brammel", "Cobbel", "Crundle", "Dibben", "Drallan", "Eskel", "Fosker", "Frithen", "Gannel", "Helmar",
    "Hurstle", "Illmar", "Jessel", "Kempar", "Lorren", "Mardle", "Nettlan", "Ostren", "Pendrel", "Quarle", "Ruddle",
    "Sallow", "Swithen", "Tarrow", "Thessel", "Umber", "Varnel", "Winsel", "Wrenla", "Yarrel", "Orsel",
)  # fmt: skip
_PLACE_ENDS: Final = (
    "ton", "ham", "by", "wick", "thorpe", "ley", "stead", "mere", "worth", "combe", "hythe", "bourne", "field", "gate",
    "stow",
)  # fmt: skip
_STREET_STARTS: Final = (
    "Abbot", "Acorn", "Alder", "Anchor", "Apple Tree", "Archer", "Ash", "Balmer", "Barley", "Beacon", "Beech", "Bell",
    "Birch", "Blacksmith", "Bluebell", "Bridge", "Brontë", "Brook", "Canal", "Cedar", "Chapel", "Cherry", "Chestnut",
    "Church", "Clover", "Coronation", "Cowslip", "Cross", "Curlew", "Dairy", "Deacon", "Dove", "Drover", "Eastfield",
    "Elder", "Elm", "Falcon", "Farrier", "Fern", "Ferry", "Field", "Finch", "Forge", "Foundry", "Garden", "Glebe",
    "Goldcrest", "Grange", "Green", "Harbour", "Hawthorn", "Hazel", "Heron", "Hillside", "Holly", "Hop", "Ivy",
    "Juniper", "Kestrel", "Kiln", "Lark", "Laurel", "Lavender", "Lime", "Linden", "Lock", "Long", "Low", "Maple",
    "Market", "Meadow", "Mill", "Miller", "Mulberry", "New", "Nightingale", "North", "Oak", "Orchard", "Osprey",
    "Paddock", "Park", "Pear Tree", "Pheasant", "Pine", "Plover", "Poplar", "Priory", "Quarry", "Queen", "Railway",
    "Rectory", "Ridge", "River", "Robin", "Rope", "Rose", "Rowan", "Saddler", "Saffron", "School", "Shepherd", "Silver",
    "Sorrel", "South", "Spinney", "Spring", "Station", "Stone", "Sycamore", "Tanner", "Thistle", "Thrush", "Tollgate",
    "Union", "Vicarage", "Victoria", "Violet", "Walnut", "Water", "Weaver", "Well", "West", "Wharf", "Wheatfield",
    "Willow", "Windmill", "Woodland", "Wren", "Yew Tree",
)  # fmt: skip
_STREET_ENDS: Final = (
    "Road", "Street", "Avenue", "Close", "Lane", "Drive", "Way", "Gardens", "Terrace", "Court", "Crescent", "Place",
    "Grove", "Walk", "Mews", "Rise",
)  # fmt: skip
_FIRST: Final = (
    "Aisha", "Alun", "Amara", "Ben", "Bethan", "Callum", "Carys", "Chidi", "Claire", "Daniel", "Dev", "Eleanor", "Ewan",
    "Farah", "Gareth", "Grace", "Hannah", "Harpreet", "Imran", "Isla", "Jack", "Joanna", "Kemi", "Kofi", "Laura",
    "Leon", "Maria", "Mei", "Nadia", "Nathan", "Olu", "Owen", "Priya", "Rachel", "Rhys", "Ruth", "Samir", "Sian", "Tom",
    "Zoë",
)  # fmt: skip
_LAST: Final = (
    "Abara", "Ainsdale", "Barrowby", "Bellwether", "Chaudry", "Coldwell", "Danquah", "Dunmow", "Eastlake",
    "Fairweather", "Farrow", "Goldhawk", "Greenhalf", "Hallowes", "Haverly", "Iqbal", "Jessamy", "Kirkbride",
    "Langmere", "Lightbown", "Marchbanks", "Mistry", "Nightshade", "Okafor", "Oldacre", "Parfitt", "Penhallow",
    "Quarmby", "Rosewarne", "Sandhu", "Silverlock", "Tennick", "Thistlewood", "Underhay", "Varley", "Waterfall",
    "Whitlock", "Wyndham", "Yarwood", "Zeller",
)  # fmt: skip

_SIDES: Final = ("", ", East", ", West")
_SIDED: Final = 0.004
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """
    Write a name as an address would.

    Examples
    --------
    >>> slug("Dunfleet Sands")
    'dunfleet-sands'
    """
    return _NOT_A_LETTER.sub("-", name.lower()).strip("-")


def initials(name: str) -> str:
    """
    Give the three capitals with which a district's codes begin.

    Examples
    --------
    >>> initials("Dunfleet Sands")
    'DUN'
    """
    return name[:3].upper()


def _products(starts: tuple[str, ...], ends: tuple[str, ...], joint: str) -> list[str]:
    return [f"{start}{joint}{end}" for start in starts for end in ends]


def place_names(n: int, rng: Generator) -> list[str]:
    """Give `n` different names for towns, villages and wards."""
    names = _products(_PLACE_STARTS, _PLACE_ENDS, "")
    return [names[k] for k in rng.choice(len(names), n, replace=False)]


def street_names(n: int, rng: Generator) -> list[str]:
    """Give `n` street names; as in any county, some come more than once, one in some hundreds holds a comma."""
    names = _products(_STREET_STARTS, _STREET_ENDS, " ")
    chosen = [names[k] for k in rng.integers(0, len(names), n)]
    side = rng.choice(3, n, p=(1 - _SIDED, _SIDED / 2, _SIDED / 2))
    return [f"{name}{_SIDES[k]}" for name, k in zip(chosen, side, strict=True)]


def person_names(n: int, rng: Generator) -> list[str]:
    """Give `n` different names of people."""
    names = _products(_FIRST, _LAST, " ")
    return [names[k] for k in np.asarray(rng.choice(len(names), n, replace=False))]
