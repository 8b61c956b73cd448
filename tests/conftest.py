"""What every test needs from its own process."""

from __future__ import annotations

import signal

# A shell that starts the tests in the background has them ignore Ctrl-C, and every child process would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
