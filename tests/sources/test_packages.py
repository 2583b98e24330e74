"""Leaks through real packages: signals, deferreds, events, fields, log capture, caches, routes. Each
program of the folder packages/ runs with the agent; of the suspects' lines the first must be in the
package or be the program's marked one ("#< store"), and the marked call of the program ("#< call")
must be among them.

The packages come from PyPI into .cache (a virtual environment for each group) once; a group is left out
where they cannot be had. The larger ones and those of old versions run with WHYALIVE_MORE_PACKAGES set.
"""
import concurrent.futures
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAMS = os.path.join(HERE, "packages")
PIP_SECONDS = 150
os.environ["WHYALIVE_CORPUS_FOLDER"] = PROGRAMS

import test_corpus  # noqa: E402  (reads its environment when imported)

# The first line: file's end and what it says.
FIRST = {
    "classes_attrs": ("attr/_make.py", "linecache.cache.setdefault("),
    "deferred_twisted": ("internet/defer.py", "self._callbacks.append("),
    "delayed_twisted": ("internet/task.py", "self.calls.append("),
    "events_sqlalchemy": ("event/registry.py", "dispatch_reg = _key_to_collection[key]"),
    "fields_attrs": ("fields_attrs.py", "self.items.append("),
    "log_capture_pytest": ("_pytest/logging.py", "self.records.append("),
    # connect() fills both, with as many entries: either is the leak.
    "signals_blinker": ("blinker/base.py", "self.receivers[receiver_id] = ",
                        "self._by_receiver[receiver_id].add("),
    "signals_django": ("dispatch/dispatcher.py", "self.receivers.append("),
    "signals_pydispatch": ("pydispatch/dispatcher.py", "receivers.append("),
    "events_simpy": ("simpy/core.py", "heappush(self._queue, "),
    "handlers_watchdog": ("observers/api.py", "self._handlers[watch].add(event_handler)"),
    "jobs_apscheduler": ("schedulers/base.py", "self._pending_jobs.append("),
    # What the decorator does with the dict is beyond what is followed; the calls are not.
    "keys_cachetools": ("keys_cachetools.py", "render(next(numbers))"),
    "labels_prometheus": ("prometheus_client/metrics.py", "self._metrics["),
    "listeners_pyee": ("pyee/base.py", "self._events[event][k] = v"),
    "observers_traitlets": ("traitlets/traitlets.py", "nlist.append(handler)"),
    "plugins_pluggy": ("pluggy/_manager.py", "self._name2plugin[plugin_name] = plugin"),
    "sinks_loguru": ("loguru/_logger.py", "self._core.handlers = handlers"),
    "subscribers_zope": ("subscribers_zope.py", "zope.event.subscribers.append("),
    "timeouts_tornado": ("platform/asyncio.py", "self.asyncio_loop.call_later("),
}

# Tried before any rule was changed for them (docs/statements.md).
UNSEEN = {
    "adapters_requests": ("requests/sessions.py", "self.adapters[prefix] = adapter"),
    "callbacks_click": ("click/core.py", "self._exit_stack.callback(f)"),
    "entries_structlog": ("structlog/testing.py", "self.entries.append(event_dict)"),
    "context_structlog": ("context_structlog.py", "self.loggers[job] = logger"),
    "jobs_schedule": ("schedule/__init__.py", "self.scheduler.jobs.append(self)"),
    "observers_reactivex": ("subject/subject.py", "self.observers.append(observer)"),
    "results_toolz": ("toolz/functoolz.py", "cache[k] = result"),
    "rules_werkzeug": ("werkzeug/routing/m", "self._rules_by_endpoint.setdefault(",
                       "state.static.setdefault(", "state.rules.append(", "self._rules.append("),
    "schemas_marshmallow": ("marshmallow/class_registry.py", "_registry[classname] = [cls]",
                            "_registry.setdefault(fullpath, []).append(cls)"),
    "spans_opentelemetry": ("in_memory_span_exporter.py", "self._finished_spans.extend(spans)"),
    "tasks_async_lru": ("async_lru/__init__.py", "self.__cache[key] ="),
    "tasks_trio": ("trio/_core/_run.py", "self.tasks.add(task)", "nursery._children.add(task)"),
    "teardowns_flask": ("teardowns_flask.py", "app.before_request_funcs.setdefault("),
    "templates_jinja2": ("jinja2/environment.py", "self.cache[cache_key] = template"),
    "topics_paho": ("paho/mqtt/matcher.py", "node._children.setdefault("),
    "watchers_param": ("param/parameterized.py", "method(watcher)", "getattr(instance_watchers["),
}
UNSEEN_LARGER = {
    "answers_dnspython": ("dns/resolver.py", "self.data[key] = value"),
    "attributes_zope": ("zope/interface/registry.py", "self._handler_registrations.append("),
    "calls_responses": ("responses/__init__.py", "self._calls.append(Call("),
    "cookies_aiohttp": ("aiohttp/cookiejar.py", "self._cookies[key][name] = cookie"),
    "edges_networkx": ("networkx/classes/graph.py", "self._adj[u]", "self._adj[v]", "self._node[u]",
                       "self._node[v]"),
    "figures_matplotlib": ("matplotlib/_pylab_helpers.py", "cls.figs[manager.num] = manager"),
    "greenlets_gevent": ("gevent/pool.py", "self.greenlets.add(greenlet)"),
    "models_transitions": ("transitions/core.py", "self.models.append(mod)"),
    "receivers_peewee": ("playhouse/signals.py", "self._receiver_list.append(",
                         "self._receivers.add("),
    "rooms_socketio": ("socketio/base_manager.py", "self.rooms[namespace][room][sid] = eio_sid",
                       "self.rooms[namespace][room] = bidict()"),
    "scores_sortedcontainers": ("sortedcontainers/sortedlist.py", "insert(", "append("),
    "signals_celery": ("utils/dispatch/signal.py", "self.receivers.append("),
    "slots_psygnal": ("slots_psygnal.py", "document.changed.connect("),  # its slots are compiled
    "tasks_rich": ("rich/progress.py", "self._tasks[self._task_index] = task"),
    "unique_faker": ("faker/proxy.py", "generated.add(hashable_retval)"),
}

# After leaks that were reported to these packages, or that their users run into.
REPORTED = {
    "definitions_calmjs": ("unparsers/walker.py", "self.optimize_definition(astname, definition)"),
    "functions_sympy": ("sympy/core/core.py", "all_classes.add(cls)"),
    "history_requests_mock": ("requests_mock/adapter.py", "self.request_history.append(request)"),
    # The one for reading and the one for writing look alike; nothing tells which it was.
    "hooks_cattrs": ("cattrs/gen.py", "linecache.cache[fname] = "),
    "loads_aiodataloader": ("aiodataloader.py", "self._cache[cache_key] = future"),
    "models_pydantic": ("pydantic/generics.py", "_generic_types_cache[(cls, params)] = created_model"),
    "pages_markdown": ("markdown/blockprocessors.py", "self.parser.md.references[id] = "),
    "roles_docutils": ("docutils/parsers/rst/roles.py", "_roles[name.lower()] = role_fn"),
    # One of three branches, by what the program hands over.
    "snippets_bottle": ("bottle.py", "TEMPLATES[tplid] = "),
}

# After services: a bus, a tree, a task queue, a rate limiter, a bot … Tried before any rule was changed
# for them.
SERVICES = {
    "bindings_injector": ("injector/__init__.py", "self._bindings[interface] = binding"),
    "documents_mongomock": ("mongomock/store.py", "self._documents[key] = val"),
    "nodes_anytree": ("anytree/node/nodemixin.py", "parentchildren.append(self)"),
    "listeners_events": ("events/events.py", "self.targets.append(f)"),
    "replies_telebot": ("telebot/handler_backends.py", "self.handlers[handler_group_id] = [handler]"),
    "results_huey": ("huey/storage.py", "self._results[key] = value"),
    "topics_pubsub": ("pubsub/core/topicmgr.py",
                      "self._topicsMap[newTopicObj.getName()] = newTopicObj"),
    # A hit fills all three of them.
    "windows_limits": ("limits/storage/memory.py", "self.storage[key] += amount",
                       "self.expirations[key] = ", "with self.locks[key]:"),
}

# Environment's name → what pip installs into it, what is expected.
GROUPS = {
    "packages": (
        ["blinker==1.9.0", "Django==5.2", "PyDispatcher==2.0.7", "Twisted==25.5.0", "SQLAlchemy==2.0.43",
         "attrs==25.3.0", "pytest==8.4.1", "APScheduler==3.11.3", "cachetools==8.0.2", "loguru==0.7.3",
         "pluggy==1.7.0", "prometheus_client==0.26.0", "pyee==13.0.1", "simpy==4.1.2",
         "tornado==6.6.1", "traitlets==5.16.1", "watchdog==7.1.0", "zope.event==6.2"], FIRST),
    "packages-unseen": (
        ["structlog==26.1.0", "marshmallow==4.4.0", "requests==2.34.2", "flask==3.1.3",
         "schedule==1.2.2", "paho-mqtt==2.2.0", "param==2.4.2", "toolz==1.2.0", "async-lru==2.4.0",
         "trio==0.35.0", "opentelemetry-sdk==1.45.2", "reactivex==6.1.0"], UNSEEN),
    "packages-larger": (
        ["celery==5.7.0", "peewee==4.5.3", "transitions==0.9.3", "psygnal==0.16.1",
         "networkx==3.6.1", "sortedcontainers==2.4.0", "aiohttp==3.14.5", "dnspython==2.9.2",
         "gevent==26.9.0", "matplotlib==3.11.2", "faker==40.63.0", "rich==15.0.0",
         "responses==0.26.3", "python-socketio==5.18.1", "zope.interface==8.7"], UNSEEN_LARGER),
    "packages-reported": (
        ["pydantic==1.9.0", "sympy==1.11.1", "cattrs==22.1.0", "bottle==0.12.25", "calmjs.parse==1.3.1",
         "docutils==0.17.1", "requests-mock==1.9.3", "Markdown==3.3.7", "aiodataloader==0.2.1"], REPORTED),
    "packages-services": (
        # All that is needed by name: the bot's package would bring an HTTP server along.
        ["--no-deps", "Events==0.5", "anytree==2.13.0", "huey==3.5.4", "limits==5.8.0",
         "mongomock==4.3.0", "Pypubsub==4.0.7", "pyTelegramBotAPI==4.37.1", "injector==0.24.0",
         "Deprecated==1.3.1", "certifi==2026.10.19.post1", "charset-normalizer==3.5.3", "idna==3.20",
         "packaging==26.4", "pytz==2026.6", "requests==2.34.2", "sentinels==1.1.1",
         "typing_extensions==4.16.0", "urllib3==2.8.0", "wrapt==2.5.2"], SERVICES),
}


def install(group):
    """The group's interpreter, or why there is none."""
    venv = os.path.join(ROOT, ".cache", group)
    python = os.path.join(venv, "bin", "python")
    packages = GROUPS[group][0]
    stamp = os.path.join(venv, "complete")
    wanted = "\n".join(packages)
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as file:
            if file.read() == wanted:
                return python, None
    for command in ([sys.executable, "-m", "venv", "--clear", venv],
                    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                     *packages]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_SECONDS)
        except subprocess.TimeoutExpired:
            return None, "installing the packages takes more than %d s" % PIP_SECONDS
        if done.returncode != 0:
            return None, ("the packages cannot be installed: "
                          + (done.stderr or done.stdout)[-300:].strip())
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(wanted)
    return python, None


class Packages(unittest.TestCase):
    def check(self, group):
        test_corpus.PYTHON, reason = install(group)
        if reason:
            self.skipTest(reason)
        statements = GROUPS[group][1]
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            running = {name: pool.submit(test_corpus.suspects_of, name) for name in statements}
        for name, (file, *texts) in statements.items():
            with self.subTest(name):
                self.check_lines(name, running[name].result(), file, texts)

    def check_lines(self, name, suspects, file, texts):
        self.assertTrue(suspects, "no suspect")
        locations = suspects[0]["locations"]
        self.assertTrue(locations, "no line for " + suspects[0]["title"])
        self.assertIn(file, locations[0]["file"])
        self.assertTrue(any(text in locations[0]["text"] for text in texts), locations[0])
        marks = test_corpus.marks(os.path.join(PROGRAMS, name + ".py"))
        named = {one["line"] for suspect in suspects for one in suspect["locations"]
                 if one["file"].startswith(PROGRAMS)}
        self.assertEqual(set(marks) - named, set(), locations)

    def test_every_leak_is_led_to_its_statement(self):
        self.check("packages")

    def test_those_that_no_rule_was_made_for(self):
        self.check("packages-unseen")

    def test_those_of_services(self):
        self.check("packages-services")

    @unittest.skipUnless(os.environ.get("WHYALIVE_MORE_PACKAGES"), "WHYALIVE_MORE_PACKAGES is not set")
    def test_reported_ones(self):
        self.check("packages-reported")

    @unittest.skipUnless(os.environ.get("WHYALIVE_MORE_PACKAGES"), "WHYALIVE_MORE_PACKAGES is not set")
    def test_larger_ones(self):
        self.check("packages-larger")


if __name__ == "__main__":
    REASON = test_corpus.missing()
    if REASON:
        print("skipped: " + REASON)
        sys.exit(77)
    unittest.main()
