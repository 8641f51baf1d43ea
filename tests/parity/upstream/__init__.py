"""The recording upstream: raw asyncio, no HTTP library between the wire and the record."""
