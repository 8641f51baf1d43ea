"""``sigproxy dev``: a gateway on this machine for an app that is being written, and real vendors."""
