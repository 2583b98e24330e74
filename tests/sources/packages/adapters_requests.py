# Holder: Session.adapters; each tenant's prefix is mounted on the shared session.
import itertools

import requests
from requests.adapters import HTTPAdapter

session = requests.Session()
numbers = itertools.count()


def client_for(tenant):
    session.mount("https://tenant-%d.example/" % tenant, HTTPAdapter())  #< call
    return session


def work(count):
    for _ in range(count // 10):
        client_for(next(numbers))
