# Holder: frames of threads that wait for ever.
import threading

never = threading.Event()


def serve(number):
    buffer = bytearray(100_000)
    never.wait()  #< store
    return buffer


def work(count):
    for number in range(count // 150):
        threading.Thread(target=serve, args=(number,), daemon=True).start()  #< also
