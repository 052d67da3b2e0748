"""The bundled news site behind ``archiver demo``: an invented outlet, served on loopback, in two editions."""
