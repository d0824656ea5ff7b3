"""The registry of analyses that the command line runs now and a queue may run later."""
