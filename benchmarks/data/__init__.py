"""The user's data sets: finding, verifying and preparing them."""
