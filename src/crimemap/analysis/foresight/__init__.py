"""Whether a method would have foreseen the months that came."""
