"""The book: its pages as modules, as notebooks, and as masters for grading."""
