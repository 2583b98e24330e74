# After a web framework's debug mode: every query is logged in a finally block of a context manager.
# Holder: Wrapper.queries_log.
import contextlib
import time


class Wrapper:
    def __init__(self):
        self.queries_log = []
        self.settings = {"debug": True}

    def cursor(self):
        return CursorDebugWrapper(self)


class CursorDebugWrapper:
    def __init__(self, db):
        self.db = db

    @contextlib.contextmanager
    def debug_sql(self, sql, params):
        start = time.monotonic()
        try:
            yield
        finally:
            duration = time.monotonic() - start
            self.db.queries_log.append({"sql": "%s %r" % (sql, params), "time": "%.3f" % duration})  #< store

    def execute(self, sql, params=None):
        with self.debug_sql(sql, params):
            return len(sql)


connection = Wrapper()


def work(count):
    for number in range(count):
        connection.cursor().execute("SELECT * FROM t WHERE id = %s", [number])
