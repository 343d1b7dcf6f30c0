"""The history in the Feature Store's offline store."""
