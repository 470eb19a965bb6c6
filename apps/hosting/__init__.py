"""What every application of this repository needs to be served: settings, kept secrets, headers, uvicorn."""
