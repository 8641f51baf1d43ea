"""What the operator chooses: immutable values built from the configuration. Pure."""
