"""The page shim: a script that sends a page's requests to the vendors through the gateway."""
