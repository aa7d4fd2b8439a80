"""Reports of an audit for people: HTML, PDF, pictures of findings, and BCF."""
