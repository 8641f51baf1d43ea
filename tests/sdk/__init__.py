"""The vendors' web SDKs, as they are published, run through the gateway in a browser."""
