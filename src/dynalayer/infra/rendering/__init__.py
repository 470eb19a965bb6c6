"""A stack as CloudFormation, CDK and Terraform read it."""
