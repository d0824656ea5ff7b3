"""Which areas are alike, and how one of them compares with the others."""
