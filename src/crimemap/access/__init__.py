"""Who may do what on the private side, and the record of who did. PRIVATE: the public application cannot reach it."""
