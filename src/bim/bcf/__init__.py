"""BCF: issues about models, in archives and over HTTP."""
