# Holder: pyplot's table of open figures.
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

plt.rcParams["figure.max_open_warning"] = 0


def draw(number):
    figure = plt.figure()  #< call
    figure.text(0.1, 0.1, "number %d" % number)
    return figure


def work(count):
    for number in range(count // 60):
        draw(number)
