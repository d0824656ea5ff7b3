"""What the public application bears: real requests from wrk against a real server."""
