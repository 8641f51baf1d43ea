"""What the operator chooses: frozen values built by the configuration. Pure."""
