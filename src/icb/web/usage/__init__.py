"""Usage: what was counted, day by day, and what of it waits for a decision."""
