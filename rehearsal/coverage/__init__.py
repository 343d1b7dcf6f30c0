"""What of every definition the scenarios pass through, and what they don't and why."""
