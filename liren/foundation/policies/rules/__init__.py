"""What makes a pack a good pack, and which pack counts at a place on a day: pure functions over what was read."""
