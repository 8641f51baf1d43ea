"""What awaits: the only folder with sockets in it."""
