"""What notebot does, one folder per capability."""
