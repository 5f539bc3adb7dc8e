"""Speed of the library compared with the authors' programs."""
