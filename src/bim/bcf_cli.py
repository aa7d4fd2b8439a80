"""`csdi bcf`: verbs of BCF archives."""
