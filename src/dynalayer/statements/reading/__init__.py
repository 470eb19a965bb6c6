"""What is read page by page, or at one moment, and how a reader goes on."""
