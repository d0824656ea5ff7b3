"""Rules that choose a bandwidth, by name."""

from typing import Final, Literal, get_args

from numpy.typing import ArrayLike

from crimemap.analysis.density.bandwidth import scott_bandwidth, silverman_bandwidth
from crimemap.analysis.density.bandwidth_cvl import cvl_bandwidth
from crimemap.analysis.density.bandwidth_search import diggle_bandwidth, likelihood_bandwidth
from crimemap.analysis.density.kernels import Kernel
from crimemap.errors import ParameterError

__all__ = ["BANDWIDTH_RULES", "BandwidthRule", "choose_bandwidth"]

BandwidthRule = Literal["scott", "silverman", "likelihood", "diggle", "cvl"]
BANDWIDTH_RULES: Final[tuple[BandwidthRule, ...]] = get_args(BandwidthRule)


def choose_bandwidth(
    rule: str,
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    kernel: Kernel = "gaussian",
    study_area: object = None,
) -> float:
    """
    Choose a bandwidth by a rule's name.

    Parameters
    ----------
    rule
        `scott`, `silverman`, `likelihood`, `diggle` or `cvl`; see the functions of these names.
    easting, northing, weights, kernel
        As `scott_bandwidth` takes them.
    study_area
        For `diggle` and `cvl`, which cannot do without.

    Returns
    -------
    float
        Metres.

    Raises
    ------
    ParameterError
        If there is no such rule, or it needs a study area and has none.
    EmptyInputError
        As the rule.

    Examples
    --------
    >>> round(choose_bandwidth("scott", [1000, 1100, 1200, 1300], [5000, 5300, 5100, 5200]), 3)
    102.466
    """
    if rule == "scott":
        return scott_bandwidth(easting, northing, weights=weights, kernel=kernel)
    if rule == "silverman":
        return silverman_bandwidth(easting, northing, weights=weights, kernel=kernel)
    if rule == "likelihood":
        return likelihood_bandwidth(easting, northing, weights=weights, kernel=kernel).bandwidth_m
    if rule not in BANDWIDTH_RULES:
        raise ParameterError(f"{rule!r} is no rule", where="bandwidth", fix=f"Take one of: {', '.join(BANDWIDTH_RULES)}.")
    if study_area is None:
        raise ParameterError(
            f"the rule {rule} needs a study area", where="bandwidth", fix="Give one, or take the rule 'likelihood'."
        )
    if rule == "cvl":
        return cvl_bandwidth(easting, northing, weights=weights, kernel=kernel, study_area=study_area)
    return diggle_bandwidth(easting, northing, weights=weights, kernel=kernel, study_area=study_area).bandwidth_m
