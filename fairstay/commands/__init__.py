"""The commands of the command line, a module for each that is not in ``fairstay.cli``."""
