"""Submissions: models that an applicant hands in, what the audit found on them, who decided what, and the record of all of it."""
