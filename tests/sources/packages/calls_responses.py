# Holder: the calls that the responses library records.
import requests
import responses

mock = responses.RequestsMock(assert_all_requests_are_fired=False)
mock.start()
mock.add(responses.GET, "http://shop.example/", body="x" * 200)


def poll():
    requests.get("http://shop.example/")


def work(count):
    for _ in range(count // 30):
        poll()
