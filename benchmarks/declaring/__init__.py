"""How experiments are declared: constants that stand for objects of the library, and what identifies them."""
