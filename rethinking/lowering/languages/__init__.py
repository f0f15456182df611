"""The languages to which a model's graph is lowered: what each of them must be able to write, and how it writes it."""
