"""What a user gives to a fit, read and refused before anything runs: data, labels, indices, options."""
