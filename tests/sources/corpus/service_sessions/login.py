from .backend import digest, table
from .session import Session


def login(user):
    token = digest(user)
    nonces = table("nonces")
    nonces["last"] = token
    session = Session(user, token)
    session["theme"] = "dark"
    sessions = table()
    sessions[token] = session  #< store
    return token


def logout(token):
    table().pop(token, None)
