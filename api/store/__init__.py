"""One opened release: what is held in memory of it, and how it is searched."""
