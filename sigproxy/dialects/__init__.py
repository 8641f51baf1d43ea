"""The vendors' URL forms, one file for each. Pure."""
