#!/usr/bin/env bash
set -euo pipefail

# 1 MC301 ``` </pre>]]>evil\x1b]0;owned\x07\x1b[2J\u202e<script>alert(1)</script>`|'"&@ FAKE ok\x9b31m tabbed # heading (safe)
'```</pre>]]><script>alert(1)</script>`|'"'"'"&@ # heading'
