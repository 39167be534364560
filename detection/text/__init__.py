"""Text: encoders and features. The only place that knows sentence-transformers."""
