"""What the status page shows: each worker's figures, how they are shared, and what they mean."""
