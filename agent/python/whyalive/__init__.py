"""WhyAlive's agent: lets `whyalive` and editors look at this process's heap.

    import whyalive
    whyalive.start()

The agent is a native thread that listens on a private socket and otherwise sleeps. It takes
snapshots in a copy of the process, so the process hardly notices.
"""

__all__ = ["start", "stop", "is_running"]


def _load():
    try:
        from whyalive import _agent
    except ImportError as error:
        import sys
        import sysconfig
        if "subinterpreters" in str(error):
            raise RuntimeError("whyalive: the agent runs in the main interpreter only, and this is a "
                               "sub-interpreter; start it there") from error
        wanted = sysconfig.get_config_var("EXT_SUFFIX") or ""
        if "t-" in wanted.split(".")[1] if wanted.count(".") > 1 else False:
            reason = "free-threaded builds of CPython are not supported yet"
        else:
            reason = ("there is no agent for %s %d.%d (_agent%s); build WhyAlive with this "
                      "interpreter on the PATH: ./dev build"
                      % (sys.implementation.name, sys.version_info[0], sys.version_info[1], wanted))
        raise ImportError("whyalive: %s" % reason) from error
    return _agent


def start():
    """Start the agent in this process; does nothing when it runs already.

    Children that this process forks get an agent of their own.
    """
    _load().start()


def stop():
    """Stop the agent: its threads end and its socket disappears."""
    _load().stop()


def is_running():
    """Whether the agent runs in this process."""
    return _load().is_running()
