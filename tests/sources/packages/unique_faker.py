# Holder: what faker's unique proxy has handed out.
from faker import Faker

fake = Faker()


def user():
    return {"name": "ada", "id": fake.unique.uuid4()}


def work(count):
    for _ in range(count * 2):
        user()
