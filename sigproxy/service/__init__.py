"""gunicorn runs the gateway: the only folder that knows it."""
