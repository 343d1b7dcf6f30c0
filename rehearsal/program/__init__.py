"""Run the Pulumi program without the Pulumi CLI: preview it, record what it declares, or create it in the
embedded AWS.
"""
