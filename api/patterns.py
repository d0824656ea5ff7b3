"""
How parameters must look, for the OpenAPI document and for what reads them alike.

Parameters are read as text, so that what is wrong is said in the words of the surface that was asked; these patterns only
describe them. An empty parameter counts as left out.
"""

from typing import Any, Final

__all__ = [
    "AREA_OR_NOTHING",
    "COUNT_OR_NOTHING",
    "DAY",
    "DAY_OR_MONTH_OR_NOTHING",
    "LATITUDE",
    "LONGITUDE",
    "MONTH_OR_NOTHING",
    "NEEDED",
    "WHOLE_OR_NOTHING",
    "looks_like",
    "up_to",
]

#: A parameter that has to be there; what is said without it is the surface's own sentence.
NEEDED: Final = {"x-needed": True, "minLength": 1}
COUNT_OR_NOTHING: Final = r"^([1-9][0-9]{0,8})?$"
WHOLE_OR_NOTHING: Final = r"^(-?[0-9]{1,9})?$"
LATITUDE: Final = r"-?(90(\.0{1,9})?|[0-8]?[0-9](\.[0-9]{1,12})?)"
LONGITUDE: Final = r"-?(180(\.0{1,9})?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,12})?)"
MONTH_OR_NOTHING: Final = r"^((19|20|21)[0-9]{2}-(0[1-9]|1[0-2]))?$"


_YEAR: Final = r"(19[0-9]{2}|20[0-9]{2})"
_LEAP_YEAR: Final = r"(19|20)(0[48]|[2468][048]|[13579][26])|2000"
#: A day that there is.
DAY: Final = (
    rf"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    rf"|({_LEAP_YEAR})-02-29)"
)
DAY_OR_MONTH_OR_NOTHING: Final = rf"^({DAY}|{_YEAR}-(0[1-9]|1[0-2]))?$"
AREA_OR_NOTHING: Final = r"^((neighbourhood|csp|bcu)/[!-~]{1,60})?$"


def up_to(most: int) -> str:
    """
    Give the pattern of whole numbers from 1 to a power of ten, or nothing.

    Examples
    --------
    >>> up_to(1000)
    '^([1-9][0-9]{0,2}|1000)?$'
    """
    return rf"^([1-9][0-9]{{0,{len(str(most)) - 2}}}|{most})?$"


def looks_like(pattern: str, **more: Any) -> dict[str, Any]:
    """Say in a parameter's schema how it looks."""
    return {"pattern": pattern, **more}
