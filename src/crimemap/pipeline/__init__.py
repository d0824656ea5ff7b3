"""The composition root: the only place that sees the private and the public side."""
