"""What the RFCs define: authority, target, fields, forwarding, upgrade, frames. Pure."""
