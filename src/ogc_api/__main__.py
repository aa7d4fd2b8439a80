"""`python -m ogc_api` is the `csdi` command."""

from ogc_api.cli import main

main()
