"""Floor 4: services, which never see each other."""
