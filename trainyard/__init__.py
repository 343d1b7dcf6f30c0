"""The operator's command line: what a person does beside the pipeline, on files and stacks."""
