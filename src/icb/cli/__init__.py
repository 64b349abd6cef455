"""The command line: one file per group of commands, over the same queries and actions as all."""
