# Holder: marshmallow's class registry; a schema class with a name of its own is made for each report.
import itertools

from marshmallow import Schema, fields

numbers = itertools.count()


def schema_for(report):
    columns = {"name": fields.Str(), "total": fields.Int()}
    return type("Report%dSchema" % report, (Schema,), columns)()


def work(count):
    for _ in range(count // 60):
        schema_for(next(numbers)).dump({"name": "a", "total": 1})
