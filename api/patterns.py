"""
How parameters must look, for the OpenAPI document and for what reads them alike.

Parameters are read as text, so that what is wrong is said in the words of the surface that was asked; these patterns only
describe them. An empty parameter counts as left out.
"""

from typing import Any, Final

__all__ = ["COUNT_OR_NOTHING", "LATITUDE", "LONGITUDE", "MONTH_OR_NOTHING", "NEEDED", "WHOLE_OR_NOTHING", "looks_like"]

#: A parameter that has to be there; what is said without it is the surface's own sentence.
NEEDED: Final = {"x-needed": True, "minLength": 1}
COUNT_OR_NOTHING: Final = r"^([1-9][0-9]{0,8})?$"
WHOLE_OR_NOTHING: Final = r"^(-?[0-9]{1,9})?$"
LATITUDE: Final = r"-?(90(\.0{1,9})?|[0-8]?[0-9](\.[0-9]{1,12})?)"
LONGITUDE: Final = r"-?(180(\.0{1,9})?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,12})?)"
MONTH_OR_NOTHING: Final = r"^((19|20|21)[0-9]{2}-(0[1-9]|1[0-2]))?$"


def looks_like(pattern: str, **more: Any) -> dict[str, Any]:
    """Say in a parameter's schema how it looks."""
    return {"pattern": pattern, **more}
