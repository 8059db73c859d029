"""Harnesses that break builds and trainings on purpose, and compare what is left with an undisturbed run.

    python -m tests.chaos NAME [--seed N] [--count N] [other options of the harness]
    python -m tests.chaos            # lists the names

Every harness is a module of this package and holds to these rules:

- `main(argv) -> int` runs it. 0: nothing wrong was found. 1: something was; the table says what. 2: this machine
  cannot run it (no right to mount, a platform without inotify), said in one sentence.
- It is seeded: the same `--seed` draws the same plan. Where a kill lands also depends on the machine's speed.
- It is bounded: `--count` says how much, and every wait has a deadline.
- It disturbs real processes that run the real command (`python -m pipeline …`) on real files: SIGKILL is SIGKILL, a
  full disk is a full disk, a dead server is a closed port.
- Progress goes to stderr, one markdown table to stdout. The table names every deviation, so it can be committed as it
  is.
- It works in a folder of its own (`--work DIR`, a temporary one otherwise) and removes it when nothing was wrong.
  After a deviation the folder stays, and stderr says where.

The pieces that harnesses share: `documents` (generated input), `server` (a teacher that counts), `small_build` (the
build that is disturbed, and how two builds are compared), `commands` (starting and killing), `watching` (file
events). A module with a name that is not one of these and that has a `main` is a harness; `__main__` finds it by its
name.
"""
