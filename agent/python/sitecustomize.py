"""Starts WhyAlive's agent when WHYALIVE=1, then runs the sitecustomize this one stands before."""


def _whyalive_start():
    import os
    import sys

    if os.environ.get("WHYALIVE") == "1":
        try:
            import whyalive
            whyalive.start()
        except (ImportError, RuntimeError) as error:
            if "main interpreter only" not in str(error):  # where this has run before
                sys.stderr.write("%s\n" % error)

    # The program's own sitecustomize, as if this folder were not on the path.
    here = os.path.dirname(os.path.abspath(__file__))
    path = [one for one in sys.path if os.path.abspath(one or ".") != here]
    from importlib.machinery import PathFinder
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        import importlib.util
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


_whyalive_start()
del _whyalive_start
