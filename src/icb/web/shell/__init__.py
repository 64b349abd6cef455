"""What stands around every page: navigation, bar, messages."""
