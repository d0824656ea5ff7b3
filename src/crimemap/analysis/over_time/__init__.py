"""What changes, emerges, repeats, and when."""
