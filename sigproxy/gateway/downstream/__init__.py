"""The client's side: connections in, requests read, responses written."""
