"""Floor 1: the foundation: places, access, commons, policies; each may use those before it."""
