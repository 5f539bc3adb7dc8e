"""The user's data sets: which there are, what is there, what is missing."""
