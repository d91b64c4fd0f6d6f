"""The core: what a call should say and do, computed without I/O, clock or chance."""
