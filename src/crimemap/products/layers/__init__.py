"""The layers of a release: features of one kind with their properties, read from its own database."""
