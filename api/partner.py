"""The partner application: authenticated, reads the workspace."""
