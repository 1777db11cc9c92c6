"""Measurements beside other tools; not part of the product."""
