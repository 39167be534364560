"""A simulated town made touchable: its websites, its inbox, and the score of a night against the planted truth."""
