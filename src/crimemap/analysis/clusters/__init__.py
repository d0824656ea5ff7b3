"""Clusters of points, and the scan statistic."""
