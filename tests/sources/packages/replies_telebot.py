# Holder: handlers that wait for replies which never come.
import itertools

import telebot

bot = telebot.TeleBot("1:token", threaded=False)
numbers = itertools.count()


class Question:
    def __init__(self, number):
        self.number = number
        self.options = ["yes", "no", str(number)]

    def answered(self, message):
        return message.text in self.options


def ask(number):
    question = Question(number)
    bot.register_for_reply_by_message_id(number, question.answered)  #< call


def work(count):
    for number in itertools.islice(numbers, count):
        ask(number)
