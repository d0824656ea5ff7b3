"""
Which offence types a priority speaks of: a short list of words, and nothing guessed.

A priority is a sentence by a team. It is matched where it has a word, or words next to one another, that name an offence
type of data.police.uk. Words that could mean several things are left out on purpose: "theft" alone, "speeding" (not
published), "dealing" (in what?), "knife" (a robbery or a possession), "nuisance" without what it is. What matches nothing
is said to match nothing.
"""

import re
from types import MappingProxyType
from typing import Final

import nh3

__all__ = ["PRIORITY_WORDS", "offence_types_of"]

#: Offence type to patterns of whole words. `\w*` stands for any ending.
PRIORITY_WORDS: Final = MappingProxyType(
    {
        "Anti-social behaviour": (
            r"anti[- ]?social",
            r"asb",
            r"(?:nuisance|off[- ]road) (?:motor)?(?:cycle|bike)s?",
            r"rowdy",
            r"noise nuisance",
            r"street drinking",
        ),
        "Bicycle theft": (
            r"(?:bicycle|(?:pedal )?cycle|push ?bike|bike) thefts?",
            r"(?:thefts?|stealing|stolen)(?: of)? (?:pedal )?(?:bicycle|cycle|bike)s?",
        ),
        "Burglary": (r"burglar\w*", r"break[- ]ins?"),
        "Criminal damage and arson": (r"criminal damage", r"vandal\w*", r"graffiti", r"arson\w*"),
        "Drugs": (r"drugs?",),
        "Possession of weapons": (
            r"possession of (?:a )?(?:weapon|knife|knives|firearm)\w*",
            r"carrying (?:a )?(?:knife|knives|weapons?)",
        ),
        "Public order": (r"public order",),
        "Robbery": (r"robber\w*", r"mugging\w*"),
        "Shoplifting": (
            r"shop[- ]?lift\w*",
            r"shop thefts?",
            r"retail (?:crime|theft)s?",
            r"thefts? from (?:\w+ )?(?:shop|store)s?",
        ),
        "Theft from the person": (r"thefts? from (?:the )?persons?", r"pick ?pocket\w*", r"(?:bag|phone) snatch\w*"),
        "Vehicle crime": (
            r"(?:vehicle|car|van|motor vehicle) (?:crime|theft)s?",
            r"thefts? (?:of|from)(?: (?:a|or|of|from|parked|motor))* (?:vehicle|car|van|motorcycle)s?",
        ),
        "Violence and sexual offences": (
            r"viol(?:ence|ent)\w*",
            r"assaults?",
            r"domestic abuse",
            r"sexual (?:offence|assault)s?",
        ),
    }
)
_PATTERNS: Final = {
    kind: re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE) for kind, patterns in PRIORITY_WORDS.items()
}


def offence_types_of(issue: str) -> list[str]:
    """
    Give the offence types that a priority names.

    Parameters
    ----------
    issue
        What the team wrote, with or without markup.

    Returns
    -------
    list[str]
        In the order of `PRIORITY_WORDS`; empty if it names none.

    Examples
    --------
    >>> offence_types_of("<p>Burglary and drug dealing in Mill Lane</p>"), offence_types_of("Speeding")
    (['Burglary', 'Drugs'], [])
    """
    # Tags part words; an entity such as &amp; is none.
    text = " ".join(nh3.clean(issue.replace("<", " <"), tags=set()).replace("&amp;", "&").replace("&nbsp;", " ").split())
    return [kind for kind, pattern in _PATTERNS.items() if pattern.search(text)]
