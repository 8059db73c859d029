"""Pure operators that compose facts of several places into one; used by the tasks whose family is not `look_up`."""
