"""What is kept for how long: old records and old memory of work go, and blobs that nothing refers to any more."""
