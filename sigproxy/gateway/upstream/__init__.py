"""The vendor's side: names resolved, connections kept, responses read."""
