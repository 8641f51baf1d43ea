"""The status page in a browser, and pictures of it."""
