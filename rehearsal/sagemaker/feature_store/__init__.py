"""The Feature Store: groups, the runtime that writes and reads records, and the offline store in S3."""
