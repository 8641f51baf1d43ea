"""Run the gateway under gunicorn; no other folder uses gunicorn."""
