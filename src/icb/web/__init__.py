"""The pages: one folder per group of screens."""
