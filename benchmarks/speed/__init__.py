"""Races against the authors' programs."""
