"""Cells of a study area: hexagons, squares, and who is whose neighbour."""
