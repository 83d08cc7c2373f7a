"""Doors of the room: signing in, one's own account, links, the officers' pages."""
