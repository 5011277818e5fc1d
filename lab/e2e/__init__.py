"""Every fault put into the real mesh, diagnosed by the installed plugin, mended by the steps it prints.

`make e2e` runs it; it needs the package `lab` beside it, and `kubectl mcdiag` on the PATH.
"""
