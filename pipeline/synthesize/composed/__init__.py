"""Pure operators that the composed tasks share: each takes what a task has parsed and proves or words an answer."""
