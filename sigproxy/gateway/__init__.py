"""The asynchronous part: the only folder that uses sockets."""
