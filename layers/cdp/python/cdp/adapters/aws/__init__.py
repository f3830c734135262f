"""AWS: the same ports on DynamoDB, SQS, EventBridge, S3, Glue, Athena and Secrets Manager."""
