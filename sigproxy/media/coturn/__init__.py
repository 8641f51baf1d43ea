"""The configuration of coturn, the TURN server. Pure."""
