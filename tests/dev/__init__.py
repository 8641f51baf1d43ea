"""`sigproxy dev` as a browser meets it."""
