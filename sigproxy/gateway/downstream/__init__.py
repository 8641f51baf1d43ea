"""The client's side: accept connections, read requests, write responses."""
