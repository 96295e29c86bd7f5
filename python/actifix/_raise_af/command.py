"""``python -m actifix.raise_af``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Optional


def parse_args(argv: Optional[list[str]] = None) -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(prog="python -m actifix.raise_af", description="Record an error as a ticket.")
    parser.add_argument("--message", required=True, help="what happened")
    parser.add_argument("--source", default="manual", help="where, such as app.py:31")
    parser.add_argument("--run", default="manual", help="the run it belongs to")
    parser.add_argument("--error-type", default="unknown", help="the error's type")
    parser.add_argument("--priority", choices=["P0", "P1", "P2", "P3", "P4"], help="by the words of it when not given")
    parser.add_argument("--stack-trace", help="the stack as text")
    parser.add_argument("--no-context", action="store_true", help="leave out lines of the source and the machine")
    parser.add_argument("--base-dir", type=Path, help="the base folder")
    return parser.parse_args(argv)


def main(argv: Optional[list[str]] = None) -> int:
    """Records it; 0 also for an error that was known."""
    from ..raise_af import record_error

    args = parse_args(argv)
    entry = record_error(
        message=args.message,
        source=args.source,
        run_label=args.run,
        base_dir=args.base_dir,
        error_type=args.error_type,
        priority=args.priority,
        stack_trace=args.stack_trace,
        capture_context=not args.no_context,
    )
    print(f"Recorded {entry.entry_id} ({entry.priority.value})" if entry else "Not recorded: known, held back or off")
    return 0
