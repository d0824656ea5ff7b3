"""The processes, a module each."""
