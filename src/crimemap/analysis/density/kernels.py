"""
Kernels: how an incident's weight is spread around it.

Each integrates to 1 over the plane. The bandwidth of the Gaussian is its standard deviation; that of the others is the
radius beyond which they are 0. `equivalent_bandwidth` turns one into the other at equal spread.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from crimemap.errors import ParameterError

__all__ = ["GAUSSIAN_REACH", "KERNELS", "KERNEL_CODES", "Kernel", "KernelShape", "equivalent_bandwidth", "kernel_shape"]

Kernel = Literal["quartic", "gaussian", "epanechnikov", "triangular", "uniform"]
KERNELS: Final[tuple[Kernel, ...]] = get_args(Kernel)
#: What compiled functions know them by.
KERNEL_CODES: Final[dict[Kernel, int]] = {"quartic": 0, "epanechnikov": 1, "triangular": 2, "uniform": 3, "gaussian": 4}

#: Bandwidths from the centre at which the Gaussian has fallen to 1e-12 of its peak: surfaces are drawn so far around points.
GAUSSIAN_REACH: Final = math.sqrt(2 * math.log(1e12))


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelShape:
    """
    What a kernel is made of.

    Attributes
    ----------
    peak
        Height at the centre for a bandwidth of 1.
    deviation
        Standard deviation along one axis for a bandwidth of 1.
    reach
        Bandwidths beyond which it counts as 0.
    roughness
        Integral of its square for a bandwidth of 1.
    """

    peak: float
    deviation: float
    reach: float
    roughness: float


_SHAPES: Final[dict[Kernel, KernelShape]] = {
    "gaussian": KernelShape(peak=1 / (2 * math.pi), deviation=1.0, reach=GAUSSIAN_REACH, roughness=1 / (4 * math.pi)),
    "quartic": KernelShape(peak=3 / math.pi, deviation=math.sqrt(1 / 8), reach=1.0, roughness=9 / (5 * math.pi)),
    "epanechnikov": KernelShape(peak=2 / math.pi, deviation=math.sqrt(1 / 6), reach=1.0, roughness=4 / (3 * math.pi)),
    "triangular": KernelShape(peak=3 / math.pi, deviation=math.sqrt(3 / 20), reach=1.0, roughness=3 / (2 * math.pi)),
    "uniform": KernelShape(peak=1 / math.pi, deviation=1 / 2, reach=1.0, roughness=1 / math.pi),
}


def kernel_shape(kernel: Kernel) -> KernelShape:
    """
    Look a kernel up.

    Raises
    ------
    ParameterError
        If there is no such kernel.
    """
    if kernel not in KERNELS:
        raise ParameterError(f"{kernel!r} is no kernel", where="kernel", fix=f"Take one of: {', '.join(KERNELS)}.")
    return _SHAPES[kernel]


def equivalent_bandwidth(bandwidth_m: float, *, kernel: Kernel) -> float:
    """
    Turn a Gaussian's bandwidth into another kernel's of the same standard deviation.

    Parameters
    ----------
    bandwidth_m
        Standard deviation, metres.

    Examples
    --------
    >>> round(equivalent_bandwidth(100.0, kernel="quartic"), 1)
    282.8
    """
    return bandwidth_m / kernel_shape(kernel).deviation
