"""Logs and metrics: they observe exchanges and never change them."""
