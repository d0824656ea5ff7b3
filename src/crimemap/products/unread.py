"""What stands in the place of something that pages of areas must not read."""

from typing import Any, NoReturn

__all__ = ["Unread", "UnreadError"]


class UnreadError(TypeError):
    """Something was read that is in no hash of what pages of areas are made from."""


class Unread:
    """
    Nothing, and refuses to be anything.

    A page that comes to need what it stands for cannot be built until that is among what pages are made from.

    Parameters
    ----------
    name
        Of what it stands for.

    Examples
    --------
    >>> Unread("ReleaseInputs.incidents")
    Unread('ReleaseInputs.incidents')
    >>> len(Unread("ReleaseInputs.incidents"))
    Traceback (most recent call last):
        ...
    crimemap.products.unread.UnreadError: pages of areas cannot read ReleaseInputs.incidents, which they are not hashed by
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        """Name what it stands for."""
        return f"Unread({self._name!r})"

    def _refuse(self, *_: Any) -> NoReturn:
        raise UnreadError(f"pages of areas cannot read {self._name}, which they are not hashed by")

    __getattr__ = __getitem__ = __iter__ = __len__ = __bool__ = __contains__ = __array__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __add__ = __sub__ = __mul__ = __truediv__ = __int__ = __float__ = _refuse
