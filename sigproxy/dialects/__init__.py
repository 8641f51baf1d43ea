"""What the vendors chose: one file for each URL form. Pure."""
