"""The service on one machine: sockets, processes and pages around the handlers."""
