"""The vendor's side: resolve names, pool connections, read responses."""
