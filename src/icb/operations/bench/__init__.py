"""The benchmark: every stage of the main job, against a yardstick measured in the same run."""
