"""`sigproxy top`: the status page in a terminal."""
