"""What keeps an installation running: verify, doctor, backup and restore, benchmarks."""
