"""Postcodes as people type them: with or without the space, in any case, O for 0, cut short."""

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["KnownOutwards", "full_postcode"]

_NOT_CODE: Final = re.compile(r"[^A-Z0-9]+")
_FULL: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9OIL][A-Z]{2})", re.ASCII)
_REST: Final = re.compile(r"([0-9])[A-Z]?", re.ASCII)
_BEGINNING: Final = re.compile(r"[A-Z]{1,2}(?:[0-9][A-Z0-9]?)?", re.ASCII)
_LETTERS_FOR_DIGITS: Final = str.maketrans("OIL", "011")


def full_postcode(text: str) -> tuple[str, str] | None:
    """
    Read a whole postcode; None where it is none.

    Examples
    --------
    >>> full_postcode("cf10 1aa"), full_postcode("EC1AOBB"), full_postcode("CF10")
    (('CF10', '1AA'), ('EC1A', '0BB'), None)
    """
    found = _FULL.fullmatch(_NOT_CODE.sub("", text.upper()))
    return None if found is None else (found[1], found[2][0].translate(_LETTERS_FOR_DIGITS) + found[2][1:])


class KnownOutwards:
    """The outward codes of a release."""

    def __init__(self, codes: Sequence[str]) -> None:
        self._codes = frozenset(codes)

    def partial(self, text: str) -> tuple[str, str] | None:
        """
        Read an outward code with or without the digit of a sector.

        Examples
        --------
        >>> known = KnownOutwards(["CF1", "CF10"])
        >>> known.partial("cf10"), known.partial("CF1 0"), known.partial("cf101"), known.partial("Cardiff")
        (('CF10', ''), ('CF1', '0'), ('CF10', '1'), None)
        """
        spaced = text.upper().split()
        code = _NOT_CODE.sub("", text.upper())
        cuts = [len(spaced[0])] if len(spaced) > 1 else range(len(code), 1, -1)
        for at in cuts:
            rest = _REST.fullmatch(code[at:])
            if code[:at] in self._codes and (rest or at == len(code)):
                return code[:at], rest[1] if rest else ""
        return None

    def beginning_with(self, text: str) -> list[str]:
        """
        List the codes that begin as the text does.

        Examples
        --------
        >>> KnownOutwards(["CF10", "CF5", "B1"]).beginning_with("cf1")
        ['CF10']
        """
        code = text.strip().upper()
        return sorted(one for one in self._codes if one.startswith(code)) if _BEGINNING.fullmatch(code) else []
