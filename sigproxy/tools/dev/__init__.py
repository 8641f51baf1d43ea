"""``sigproxy dev``: a gateway on this machine for the app that is being written."""
