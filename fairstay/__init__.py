"""The roof: the command line, the nightly run, settings and the demo."""
