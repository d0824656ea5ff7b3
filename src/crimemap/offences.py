"""
Offence types and outcome types: the names in the files, the words in the API.

police.uk changed its list over the years ("Violent crime" until 2013, "Violence and sexual offences" since), so a type is
kept as published and its slug is looked up here; a type that is not here gets a slug of its own rather than being lost.
"""

import re
from types import MappingProxyType
from typing import Final

from crimemap.language import gettext

__all__ = [
    "ALL_CRIME",
    "ANTI_SOCIAL_BEHAVIOUR",
    "CURRENT_OFFENCE_TYPES",
    "OFFENCE_SLUGS",
    "OUTCOME_CODES",
    "offence_name",
    "offence_slug",
    "outcome_code",
    "outcome_name",
]

ALL_CRIME: Final = "all-crime"
ANTI_SOCIAL_BEHAVIOUR: Final = "Anti-social behaviour"

#: Offence type to slug, in the order in which data.police.uk lists its categories (September 2013 onwards).
CURRENT_OFFENCE_TYPES = MappingProxyType(
    {
        "Anti-social behaviour": "anti-social-behaviour",
        "Bicycle theft": "bicycle-theft",
        "Burglary": "burglary",
        "Criminal damage and arson": "criminal-damage-arson",
        "Drugs": "drugs",
        "Other theft": "other-theft",
        "Possession of weapons": "possession-of-weapons",
        "Public order": "public-order",
        "Robbery": "robbery",
        "Shoplifting": "shoplifting",
        "Theft from the person": "theft-from-the-person",
        "Vehicle crime": "vehicle-crime",
        "Violence and sexual offences": "violent-crime",
        "Other crime": "other-crime",
    }
)

#: Every offence type that police.uk ever published.
OFFENCE_SLUGS = MappingProxyType(
    {
        **CURRENT_OFFENCE_TYPES,
        "Violent crime": "violent-crime",
        "Public disorder and weapons": "public-disorder-weapons",
    }
)

#: Outcome type as published, to the code and the name that the API gives it.
OUTCOME_CODES = MappingProxyType(
    {
        "Awaiting court outcome": "awaiting-court-result",
        "Court result unavailable": "court-result-unavailable",
        "Court case unable to proceed": "unable-to-proceed",
        "Unable to proceed": "unable-to-proceed",
        "Local resolution": "local-resolution",
        "Investigation complete; no suspect identified": "no-further-action",
        "Offender deprived of property": "deprived-of-property",
        "Offender fined": "fined",
        "Offender given absolute discharge": "absolute-discharge",
        "Offender given a caution": "cautioned",
        "Offender given a drugs possession warning": "drugs-possession-warning",
        "Offender given a penalty notice": "penalty-notice-issued",
        "Offender given community sentence": "community-penalty",
        "Offender given conditional discharge": "conditional-discharge",
        "Offender given suspended prison sentence": "suspended-sentence",
        "Offender sent to prison": "imprisoned",
        "Offender otherwise dealt with": "other-court-disposal",
        "Offender ordered to pay compensation": "compensation",
        "Suspect charged as part of another case": "sentenced-in-another-case",
        "Suspect charged": "charged",
        "Defendant found not guilty": "not-guilty",
        "Defendant sent to Crown Court": "sent-to-crown-court",
        "Unable to prosecute suspect": "unable-to-prosecute",
        "Formal action is not in the public interest": "formal-action-not-in-public-interest",
        "Action to be taken by another organisation": "action-taken-by-another-organisation",
        "Further investigation is not in the public interest": "further-investigation-not-in-public-interest",
        "Further action is not in the public interest": "further-action-not-in-public-interest",
        "Under investigation": "under-investigation",
        "Status update unavailable": "status-update-unavailable",
    }
)

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def _slugged(name: str) -> str:
    return _NOT_SLUG.sub("-", name.lower()).strip("-") or "unnamed"


def offence_slug(offence_type: str) -> str:
    """
    Give the API's word for an offence type.

    Examples
    --------
    >>> offence_slug("Violence and sexual offences"), offence_slug("Theft of pedal cycle")
    ('violent-crime', 'theft-of-pedal-cycle')
    """
    return OFFENCE_SLUGS.get(offence_type) or _slugged(offence_type)


def outcome_code(outcome_type: str) -> str:
    """
    Give the API's code for an outcome type.

    Examples
    --------
    >>> outcome_code("Investigation complete; no suspect identified")
    'no-further-action'
    """
    return OUTCOME_CODES.get(outcome_type) or _slugged(outcome_type)


def offence_name(offence_type: str) -> str:
    """
    Give an offence type's name in the language that is spoken; a type that no list has keeps its own.

    Examples
    --------
    >>> from crimemap.language import speaking
    >>> with speaking("cy"):
    ...     offence_name("Burglary"), offence_name("Theft of pedal cycle")
    ('Bwrgleriaeth', 'Theft of pedal cycle')
    """
    return gettext(offence_type)


def outcome_name(outcome_type: str) -> str:
    """Give an outcome's name in the language that is spoken."""
    return gettext(outcome_type)
