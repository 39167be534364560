"""Text: encoders and features. The only place that knows sentence-transformers."""

# No text is read further.
MOST_CHARACTERS = 4_000
