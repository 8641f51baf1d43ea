"""What we say about an exchange: observers, never actors."""
