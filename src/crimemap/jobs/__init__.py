"""
The registry of analyses that the command line runs now and a queue may run later.

Each process takes a workspace and checked inputs, and gives a result that says what it was made from: which incidents were
used, which were left out and why, which months have no data, and every parameter, the automatic ones included.
"""
