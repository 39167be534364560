"""A room: sources become observations."""
