"""Examples and their breakages, and the whole way on a copy of one."""
