"""Tells a story and checks it: headings, claims that are really tested, and the end."""

import sys
import textwrap

WIDTH = 100


class StepFailed(Exception):
    """Says that what was just claimed does not hold."""


class Story:
    """Prints steps; remembers whether each claim held."""

    def __init__(self):
        self.step_count = 0
        self.held = 0
        self.failed = []

    def step(self, title):
        self.step_count += 1
        print(f"\n{self.step_count}. {title}", flush=True)

    def tell(self, text):
        print(textwrap.fill(text, WIDTH, initial_indent="   ", subsequent_indent="   "), flush=True)

    def quote(self, lines):
        """Shows what somebody sees on their screen."""
        for line in filter(None, lines):
            print(
                textwrap.fill(line, WIDTH, initial_indent="      | ", subsequent_indent="      |   "),
                flush=True,
            )

    def claim(self, text, holds):
        """Prints a claim with its outcome."""
        if holds:
            self.held += 1
        else:
            self.failed.append(text)
        mark = "ok" if holds else "NO"
        print(
            textwrap.fill(text, WIDTH, initial_indent=f"   {mark}  ", subsequent_indent="       "), flush=True
        )
        return bool(holds)

    def need(self, text, holds):
        """Claims something without which the story cannot go on."""
        if not self.claim(text, holds):
            raise StepFailed(text)

    def refused(self, text, code, call):
        """Claims that a call is refused with one status; returns the refusal."""
        import mendwork_client

        try:
            call()
        except mendwork_client.RpcFailure as failure:
            self.claim(f"{text} ({failure.code.name})", failure.code.name == code)
            return failure
        self.claim(f"{text} (it was allowed)", False)
        return None

    def end(self):
        """Prints the outcome; returns the exit status."""
        print()
        if self.failed:
            print(
                f"{len(self.failed)} of {self.held + len(self.failed)} claims did not hold:", file=sys.stderr
            )
            for text in self.failed:
                print(f"  - {text}", file=sys.stderr)
            return 1
        print(f"All {self.held} claims of this story held.", flush=True)
        return 0
