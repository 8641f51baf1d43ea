"""Build the parts of a gateway from the settings."""
