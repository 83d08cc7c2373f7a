"""Floor 3: engines, the mechanisms that services share; they never see each other."""
