// locate() over the corpus, given the holder that the heap engine should find: how often the known
// line comes first (recall), and how many of the lines it names are right (precision). The whole
// way from a real process is measured by test_corpus.py.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "server/sources/module_map.h"
#include "tests/sources/locate_support.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

namespace fs = std::filesystem;
using heap::OwnerKind;
using heap::StepKind;
using Names = std::vector<std::string>;

// What must be reached; figures as measured, with room for one program to change.
constexpr double kRecall = 0.96;
constexpr double kPrecision = 0.92;

// The standard library's modules that a few holders live in.
const Names kLibrary = {"queue",
                        "logging",
                        "logging.handlers",
                        "weakref",
                        "threading",
                        "functools",
                        "asyncio.locks",
                        "asyncio.events",
                        "asyncio.tasks",
                        "asyncio.base_events",
                        "collections",
                        "heapq",
                        "atexit"};

std::string libraryFolder() {
  for (int minor = 14; minor >= 8; --minor) {
    const std::string folder = "/usr/lib/python3." + std::to_string(minor);
    if (fs::exists(folder + "/queue.py")) return folder;
  }
  return {};
}

Result<std::string> readDisk(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::NotFound, "cannot read " + path);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

struct Case {
  std::string program;
  heap::Suspect suspect;
};

heap::Suspect holding(heap::Suspect suspect, const Names& types, const Names& shapes = {}) {
  std::uint64_t count = 3000;
  for (const std::string& type : types)
    suspect.evidence.entryTypes.push_back({type, count, 0}), count /= 4;
  suspect.evidence.entryShapes = shapes;
  return suspect;
}

heap::Suspect attribute(const std::string& program, const std::string& cls, const std::string& name,
                        const std::string& type, const Names& bases = {}) {
  heap::Suspect suspect = attributeSuspect(name, {program + "." + cls}, type);
  suspect.holder.mro = {{program, cls}};
  for (const std::string& base : bases) suspect.holder.mro.push_back({program, base});
  return suspect;
}

heap::Suspect below(heap::Suspect suspect, const std::string& type, int levels = 1) {
  for (int i = 0; i < levels; ++i) {
    suspect.holder.steps.push_back({StepKind::Key, "…", type, kNoObject});
  }
  suspect.holder.type = type;
  return suspect;
}

// The container is an attribute of a C object that the named thing is.
heap::Suspect partOf(heap::Suspect suspect, const std::string& name, const std::string& type) {
  suspect.holder.steps.push_back({StepKind::Slot, name, type, kNoObject});
  suspect.holder.type = type;
  return suspect;
}

heap::Suspect libraryAttribute(const Names& outer, const std::string& outerOwner,
                               const std::string& module, const std::string& cls,
                               const std::string& name, const std::string& type) {
  heap::Suspect suspect = attributeSuspect(name, {module + "." + cls}, type);
  suspect.holder.mro = {{module, cls}};
  if (cls == "MemoryHandler") suspect.holder.mro.push_back({module, "BufferingHandler"});
  suspect.holder.steps = {{StepKind::Module, outer[0], "", kNoObject}};
  for (std::size_t i = 1; i < outer.size(); ++i) {
    const bool last = i + 1 == outer.size();
    suspect.holder.steps.push_back({i == 1 ? StepKind::Global : StepKind::Attribute, outer[i],
                                    last ? module + "." + cls : outerOwner, kNoObject});
  }
  suspect.holder.steps.push_back({StepKind::Attribute, name, type, kNoObject});
  return suspect;
}

heap::Suspect inFunction(OwnerKind owner, const std::string& program, const std::string& qualname,
                         const std::string& variable, const std::string& type,
                         std::uint32_t line = 0) {
  heap::Suspect suspect = functionSuspect(owner, program, qualname, 0, variable, type);
  suspect.holder.line = line;
  return suspect;
}

heap::Suspect suspended(heap::Suspect suspect) {
  suspect.kind = heap::SuspectKind::Suspended;
  return suspect;
}

heap::Suspect garbage(const std::string& type) {
  heap::Suspect suspect;
  suspect.kind = heap::SuspectKind::GarbageCycle;
  suspect.types = {{type, 3000, 0}};
  return suspect;
}

std::vector<Case> cases() {
  const auto a = attribute;
  return {
      {"attribute_dict", holding(a("attribute_dict", "Dispatcher", "expected", "dict", {}),
                                 {"tuple"}, {"tuple(function, dict)"})},
      {"attribute_list",
       holding(a("attribute_list", "Journal", "entries", "list", {}), {"attribute_list.Entry"})},
      {"attribute_set", holding(a("attribute_set", "Deduplicator", "seen", "set", {}), {"tuple"})},
      {"attribute_deque", holding(a("attribute_deque", "History", "moves", "collections.deque", {}),
                                  {"attribute_deque.Move"})},
      {"attribute_ordered_dict",
       holding(a("attribute_ordered_dict", "Sessions", "by_token", "collections.OrderedDict", {}),
               {"attribute_ordered_dict.Session"})},
      {"attribute_defaultdict",
       holding(a("attribute_defaultdict", "Statistics", "by_user", "collections.defaultdict", {}),
               {"list"})},
      {"nested_lists", holding(below(a("nested_lists", "Bus", "topics", "dict", {}), "list"),
                               {"nested_lists.Message"})},
      {"setdefault_chain",
       holding(a("setdefault_chain", "Index", "postings", "dict", {}), {"dict"})},
      {"slots", holding(a("slots", "Collector", "samples", "list", {}), {"slots.Sample"})},
      {"dataclass_field",
       holding(a("dataclass_field", "Order", "lines", "list", {}), {"dataclass_field.Line"})},
      {"property_access",
       holding(a("property_access", "Cart", "_items", "list", {}), {"property_access.Item"})},
      {"setattr_names",
       holding(globalSuspect("setattr_names", "registry", "setattr_names.Registry"),
               {"setattr_names.Plugin"})},
      {"namespace_update",
       holding(globalSuspect("namespace_update", "settings", "namespace_update.Settings"),
               {"list"})},
      {"global_dict", holding(globalSuspect("global_dict", "_CACHE"), {"global_dict.Page"})},
      {"global_rebound", holding(globalSuspect("global_rebound", "EVENTS", "list"), {"dict"})},
      {"class_attribute",
       holding(a("class_attribute", "Shape", "instances", "list", {}), {"class_attribute.Shape"})},
      {"class_method_registry", holding(a("class_method_registry", "Base", "_by_key", "dict", {}),
                                        {"class_method_registry.Model"})},
      {"classes_registered",
       holding(a("classes_registered", "Plugin", "known", "list", {}), {"type"})},
      {"closure_dict", holding(inFunction(OwnerKind::Closure, "closure_dict",
                                          "filter_new.<locals>.is_new", "seen", "dict"),
                               {"dict"})},
      {"closures_in_list",
       holding(a("closures_in_list", "Server", "on_close", "list", {}), {"function"})},
      {"lambdas_in_dict",
       holding(a("lambdas_in_dict", "Scheduler", "jobs", "dict", {}), {"function"})},
      {"default_argument",
       holding(inFunction(OwnerKind::Default, "default_argument", "collect", "into", "list"),
               {"default_argument.Reading"})},
      {"lru_cache_unbounded", inFunction(OwnerKind::Memo, "lru_cache_unbounded", "parse", "",
                                         "functools._lru_cache_wrapper")},
      {"cache_on_method", inFunction(OwnerKind::Memo, "cache_on_method", "Report.render", "",
                                     "functools._lru_cache_wrapper")},
      {"memoize_by_hand", holding(inFunction(OwnerKind::Closure, "memoize_by_hand",
                                             "remember.<locals>.wrapper", "memory", "dict"),
                                  {"dict"})},
      {"partials", holding(a("partials", "Loop", "ready", "list", {}), {"functools.partial"})},
      {"bound_methods", holding(a("bound_methods", "Bus", "subscribers", "list", {}), {"method"})},
      {"signal_by_name",
       holding(below(a("signal_by_name", "Signal", "_receivers", "dict", {}), "list"), {"method"})},
      {"generators", holding(a("generators", "Pool", "readers", "list", {}), {"generator"})},
      {"tasks_in_set",
       holding(a("tasks_in_set", "Service", "background", "set", {}), {"_asyncio.Task"})},
      {"suspended_only",
       suspended(inFunction(OwnerKind::Local, "suspended_only", "wait_for", "payload", "dict", 7))},
      {"future_callbacks",
       holding(partOf(globalSuspect("future_callbacks", "done", "_asyncio.Future"), "_callbacks",
                      "list"),
               {"tuple"})},
      {"exceptions_kept",
       holding(a("exceptions_kept", "Client", "failures", "list", {}), {"ValueError"})},
      {"logging_buffer",
       holding(libraryAttribute({"logging_buffer", "memory"}, "", "logging.handlers",
                                "MemoryHandler", "buffer", "list"),
               {"logging.LogRecord"})},
      {"finalizers", holding(libraryAttribute({"weakref", "finalize"}, "", "weakref", "finalize",
                                              "_registry", "dict"),
                             {"weakref.finalize._Info"})},
      {"weak_keys",
       holding(libraryAttribute({"weak_keys", "styles", "by_widget"}, "weak_keys.Styles", "weakref",
                                "WeakKeyDictionary", "data", "dict"),
               {"dict"})},
      {"queue_unread",
       holding(libraryAttribute({"queue_unread", "worker", "inbox"}, "queue_unread.Worker", "queue",
                                "Queue", "queue", "collections.deque"),
               {"queue_unread.Message"})},
      {"heap_of_timers",
       holding(a("heap_of_timers", "Timers", "pending", "list", {}), {"heap_of_timers.Timer"})},
      {"local_aliases",
       holding(a("local_aliases", "Table", "rows", "dict", {}), {"local_aliases.Row"})},
      {"method_alias",
       holding(a("method_alias", "Trace", "spans", "list", {}), {"method_alias.Span"})},
      {"argument_hop",
       holding(a("argument_hop", "Monitor", "samples", "list", {}), {"argument_hop.Sample"})},
      {"bulk_update", holding(a("bulk_update", "Catalogue", "prices", "dict", {}), {"dict"})},
      {"foreign_receiver",
       holding(a("foreign_receiver", "Group", "members", "list", {}), {"foreign_receiver.Person"})},
      {"inherited_store", holding(a("inherited_store", "Panel", "children", "list", {"Component"}),
                                  {"inherited_store.Label"})},
      {"node_trees",
       holding(a("node_trees", "Archive", "stanzas", "list", {}), {"node_trees.Node"})},
      {"linked_list", a("linked_list", "Log", "head", "linked_list.Cell", {})},
      {"running_frame",
       holding(inFunction(OwnerKind::Local, "running_frame", "main", "batch", "list", 13),
               {"running_frame.Record"})},
      {"collector_off", garbage("collector_off.Node")},
      {"threads_parked", suspended(inFunction(OwnerKind::Local, "threads_parked", "serve", "buffer",
                                              "bytearray", 9))},
      {"decoys", holding(a("decoys", "Inbox", "items", "list", {}), {"decoys.Mail"})},
      {"tuple_rebuilt",
       holding(a("tuple_rebuilt", "Path", "steps", "tuple", {}), {"tuple_rebuilt.Step"})},
      {"inner_attribute", holding(a("inner_attribute", "State", "pending", "dict", {}), {"dict"})},
      {"package_registry", holding(globalSuspect("package_registry.table", "HANDLERS"),
                                   {"package_registry.routes.Route"})},
      {"package_helper",
       holding(a("package_helper.audit", "Audit", "trail", "list", {}), {"dict"})},
  };
}

class Corpus {
 public:
  explicit Corpus(const std::string& program) : index_(readDisk) {
    const fs::path folder = fs::path(WHYALIVE_SOURCE_DIR) / "tests/sources/corpus";
    if (fs::is_directory(folder / program)) {
      for (const auto& entry : fs::directory_iterator(folder / program)) {
        const std::string stem = entry.path().stem().string();
        add(stem == "__init__" ? program : program + "." + stem, entry.path().string());
      }
    } else {
      add(program, (folder / (program + ".py")).string());
    }
    const std::string library = libraryFolder();
    for (const std::string& module : kLibrary) {
      std::string path = module;
      std::ranges::replace(path, '.', '/');
      const std::string file = library + "/" + path;
      add(module, fs::exists(file + ".py") ? file + ".py" : file + "/__init__.py");
    }
  }

  std::vector<Location> locate(const heap::Suspect& suspect) {
    return sources::locate(suspect, modules_, index_);
  }

  bool marked(const Location& location, std::string_view mark) {
    const auto file = index_.file(location.file);
    if (!file) return false;
    const auto lines = markedLines(file->text(), mark);
    return std::ranges::find(lines, location.line) != lines.end();
  }

 private:
  void add(const std::string& module, const std::string& file) {
    if (fs::exists(file)) modules_.push_back({module, file});
  }

  std::vector<ModuleFile> modules_;
  SourceIndex index_;
};

TEST_CASE("the corpus: the known line comes first and wrong lines are rare") {
  int first = 0, total = 0, right = 0, named = 0;
  for (const Case& one : cases()) {
    Corpus corpus(one.program);
    const auto found = corpus.locate(one.suspect);
    ++total;
    const bool hit = !found.empty() && corpus.marked(found.front(), "store");
    first += hit ? 1 : 0;
    if (!hit) std::cout << one.program << ": the known line is not first\n";
    for (const Location& location : found) {
      if (location.role == Role::Define || location.role == Role::Cleanup) continue;
      ++named;
      const bool good = corpus.marked(location, "store") || corpus.marked(location, "also");
      right += good ? 1 : 0;
      if (!good || !hit) {
        std::cout << "  " << toString(location.role) << " " << location.score << " "
                  << fs::path(location.file).filename().string() << ":" << location.line << " "
                  << location.text << (good ? "" : "   (wrong)") << "\n";
      }
    }
  }
  const double recall = static_cast<double>(first) / total;
  const double precision = static_cast<double>(right) / named;
  std::cout << "corpus: " << total << " programs, known line first in " << first << " (recall "
            << recall << "), " << right << " of " << named << " lines right (precision "
            << precision << ")\n";
  CHECK(total >= 40);
  CHECK(recall >= kRecall);
  CHECK(precision >= kPrecision);
}

}  // namespace
}  // namespace whyalive::sources
