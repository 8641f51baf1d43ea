"""Third-party suites, and raw requests beyond any client's, through the running gateway."""
