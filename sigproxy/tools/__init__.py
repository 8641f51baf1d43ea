"""What people ask of a gateway beside its traffic; nothing here is on a request's way."""
