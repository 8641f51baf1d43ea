"""How much one client, and all of them, may hold and ask for."""
