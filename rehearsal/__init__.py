"""The pipeline rehearsed with no AWS account: an embedded AWS, the program deployed into it, real runs."""
