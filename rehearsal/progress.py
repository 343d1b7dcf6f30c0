"""What a person sees while a rehearsal runs: live bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text


class _Mark(SpinnerColumn):
    """What goes on spins, what is done has a tick, what failed a cross."""

    def render(self, task: Task) -> RenderableType:
        """As the base class does, but for failures."""
        return Text("✗", style="red") if task.fields["has_failed"] else super().render(task)


class Steps:
    """Steps of a rehearsal, reported as they start, move and end.

    On a terminal each step is a bar; elsewhere (CI, a pipe) each change is one line with the seconds since
    the start. `console` decides which it is.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._started = time.monotonic()
        self._bars: Progress | None = None

    def __enter__(self) -> Steps:
        if self.console.is_terminal:
            self._bars = Progress(
                _Mark(finished_text="✓"),
                TextColumn("{task.description:<22}"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[note]}"),
                TimeElapsedColumn(),
                console=self.console,
            )
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the bars as they are and give the terminal back; harmless when done twice."""
        if self._bars:
            self._bars.stop()

    @contextmanager
    def step(self, name: str, total: float | None = None) -> Iterator[Step]:
        """A step that lasts as long as the block; `total` is what `advance` counts up to."""
        bar = self._bars.add_task(name, total=total, note="", has_failed=False) if self._bars else None
        step = Step(self, name, bar)
        if bar is None:
            self._line(name)
        try:
            yield step
        except BaseException:
            step.fail()
            raise
        step.finish()

    def _line(self, text: str) -> None:
        self.console.print(
            f"{time.monotonic() - self._started:6.1f} s  {text}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )

    def move(self, bar: TaskID | None, name: str, note: str | None, completed: float | None) -> None:
        """Show a step's new note or count."""
        if self._bars and bar is not None:
            self._bars.update(bar, completed=completed)
            if note is not None:
                self._bars.update(bar, note=note)
        elif note:
            self._line(f"{name}: {note}")

    def fail(self, bar: TaskID | None) -> None:
        """Show a step's bar as ended without success."""
        if self._bars and bar is not None:
            self._bars.update(bar, total=1, completed=0, has_failed=True)
            self._bars.stop_task(bar)

    def fill(self, bar: TaskID | None) -> None:
        """Show a step's bar as done, whatever was counted."""
        if self._bars and bar is not None:
            self._bars.update(bar, total=1, completed=1)


class Step:
    """One running step."""

    def __init__(self, steps: Steps, name: str, bar: TaskID | None) -> None:
        self._steps = steps
        self._name = name
        self._bar = bar

    def note(self, text: str) -> None:
        """Say what the step is doing now."""
        self._steps.move(self._bar, self._name, text, None)

    def advance(self, completed: float) -> None:
        """Set how much of the step's total is done; without a terminal this is silent."""
        self._steps.move(self._bar, self._name, None, completed)

    def fail(self) -> None:
        """Say that it failed, and stop the bar."""
        self.note("failed")
        self._steps.fail(self._bar)

    def finish(self) -> None:
        """Fill the bar."""
        self._steps.fill(self._bar)
