"""What answers DynamoDB API calls: an engine in this process, or a service over HTTP."""
