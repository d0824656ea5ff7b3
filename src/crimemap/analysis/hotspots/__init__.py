"""Local statistics: which cells are hot, how sure that is, and how much lies in few places."""
