"""The service on AWS: the same handlers behind API Gateway, as Lambda functions."""
