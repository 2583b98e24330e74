# Holder: the listeners of an SQLAlchemy engine's event.
from sqlalchemy import create_engine, event

engine = create_engine("sqlite://")


class Tracer:
    def __init__(self, number):
        self.statements = ["SELECT %d" % number] * 10
        event.listen(engine, "after_cursor_execute", self.after_execute)  #< call

    def after_execute(self, connection, cursor, statement, parameters, context, executemany):
        self.statements.append(statement)


def work(count):
    for number in range(count // 4):
        Tracer(number)
