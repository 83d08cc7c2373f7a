"""The bench: what the main acts cost under load, as ratios to bare Django views measured in the same run."""
