"""Analyses that are asked for now and done later: their records, the queue, the worker. It survives whatever is killed."""
