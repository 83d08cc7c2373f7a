"""The roof: settings, URL and API assembly, the command line, and FLOORS, the one list of rooms."""
