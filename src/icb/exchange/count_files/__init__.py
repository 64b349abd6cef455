"""Files of counts from modules that have no other way: read, shown, taken, undone."""
