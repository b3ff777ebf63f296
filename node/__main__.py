"""`python -m node` is `picketline`."""

from node.cli import main

main()
