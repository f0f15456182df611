"""How answers are read and compared with the right one and with named mistakes, and what is said of them."""
