"""What the RFCs fixed: authority, target, fields, forwarding, upgrade, frames. Pure."""
