"""The pure core every other package builds on: standard library only."""
