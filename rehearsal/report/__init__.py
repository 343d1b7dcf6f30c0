"""The report page of a rehearsal: what ran, by which path, with which result, from what, at which cost."""
