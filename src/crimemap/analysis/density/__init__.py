"""Kernel density: kernels, bandwidths, edges, risk."""
