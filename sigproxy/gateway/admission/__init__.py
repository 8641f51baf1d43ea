"""Limits on what one client, and all clients together, may keep open and request."""
