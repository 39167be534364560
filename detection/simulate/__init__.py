"""A small simulated platform with planted attacks and planted innocent peaks."""
