// whyalive memory: where the resident memory of a process is.
#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "protocol/json/convert.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/table.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/heap/process_info.h"
#include "server/heap/snapshot_reader.h"
#include "server/session/memory_account.h"

namespace whyalive::cli {
namespace {

using Kind = api::MemoryPartKind;

struct Options {
  std::string process;
  bool withoutSnapshot = false;
  bool json = false;
};

std::string_view nameOf(Kind part, bool objectsKnown) {
  switch (part) {
    case Kind::Objects: return "Python objects";
    case Kind::Allocated: return objectsKnown ? "other blocks in use" : "blocks in use";
    case Kind::ArenaFree: return "free in Python's arenas";
    case Kind::MallocFree: return "free in the C library's heap";
    case Kind::Libraries: return "program and libraries";
    case Kind::Files: return "other mapped files";
    case Kind::Shared: return "shared memory";
    case Kind::Stacks: return "stacks of threads";
    case Kind::Unexplained: return "unexplained";
  }
  return "";
}

std::string numbers(const std::vector<std::int64_t>& list) {
  std::string text;
  for (const std::int64_t one : list) text += (text.empty() ? "" : ", ") + std::to_string(one);
  return text;
}

void printParts(const api::MemoryResult& memory, Console& console) {
  Table table({{"Part", Align::Left}, {"Bytes", Align::Right}, {"%", Align::Right}});
  for (const api::MemoryPart& part : memory.parts) {
    if (part.part == Kind::Objects && !memory.objects) continue;
    const std::uint64_t permille = memory.rss == 0 ? 0 : part.bytes * 1000 / memory.rss;
    table.add({std::string(nameOf(part.part, memory.objects.has_value())), formatBytes(part.bytes),
               std::to_string((permille + 5) / 10)});
  }
  bool title = true;
  for (const std::string& line : table.lines()) {
    console.printLine(title ? console.styled(Style::Bold, line) : line);
    title = false;
  }
}

void printStates(const api::MemoryResult& memory, Console& console) {
  if (memory.objects) {
    console.printLine("Objects: " + counted(memory.objects->count, "object", "objects") + ", " +
                      formatBytes(memory.objects->bytes) + ".");
  }
  if (memory.arenas) {
    console.printLine("Python's allocator: " + formatBytes(memory.arenas->inUse) + " in use of " +
                      counted(memory.arenas->arenas, "arena", "arenas") + " of " +
                      formatBytes(memory.arenas->bytes) + "; " +
                      formatBytes(memory.arenas->unusedPools) + " in pools that are empty.");
  }
  if (memory.malloc) {
    console.printLine("C library: " + formatBytes(memory.malloc->inUse) + " in use (" +
                      formatBytes(memory.malloc->mapped) + " of it large blocks), " +
                      formatBytes(memory.malloc->free) + " free.");
  }
  if (memory.collector) {
    const api::Collector& gc = *memory.collector;
    std::string line = std::string("Collector: ") + (gc.enabled ? "on" : "off");
    if (!gc.thresholds.empty()) line += ", thresholds " + numbers(gc.thresholds);
    if (!gc.counts.empty()) line += ", counts " + numbers(gc.counts);
    console.printLine(line + ".");
  }
}

void print(const api::MemoryResult& memory, Console& console) {
  console.printLine("Process " + std::to_string(memory.pid) + ": " + formatBytes(memory.rss) +
                    " resident (" + formatBytes(memory.privateBytes) + " its own, peak " +
                    formatBytes(memory.peak) + "), " + formatBytes(memory.swapped) + " swapped, " +
                    counted(memory.threads, "thread", "threads") + ".");
  printParts(memory, console);
  printStates(memory, console);
  for (const std::string& note : memory.notes)
    console.printLine(console.styled(Style::Yellow, note));
}

Result<api::CountedObjects> objectsOf(int pid, Console& console) {
  const auto taken = takeSnapshotOf(pid, {}, console);
  if (!taken) return std::unexpected(taken.error());
  const auto snapshot = heap::readSnapshot(taken->bytes.view());
  if (!snapshot) return std::unexpected(snapshot.error());
  api::CountedObjects counted = session::countObjects(*snapshot);
  counted.time = heap::processInfo(*snapshot).snapshotTime.value_or(0) / 1'000'000;
  return counted;
}

Result<int> run(const Options& options, Console& console) {
  const auto pid = parsePid(options.process);
  if (!pid) return std::unexpected(pid.error());
  auto facts = session::readMemoryFacts(*pid);
  if (!facts) return std::unexpected(facts.error());
  auto said = net::askMemory(*pid, console.progress());
  console.clearProgress();
  if (said) {
    facts->agent = std::move(*said);
  } else if (said.error().code != ErrorCode::NotFound) {
    return std::unexpected(said.error());
  }
  if (facts->agent && !options.withoutSnapshot) {
    auto objects = objectsOf(*pid, console);
    if (!objects) return std::unexpected(objects.error());
    facts->objects = *objects;
  }
  const api::MemoryResult memory = session::memoryAccount(*facts);
  if (options.json) {
    auto json = json::write(memory);
    if (memory.objects) json["objects"].erase("snapshot");  // ids are an editor's
    printJson(console, json);
  } else {
    print(memory, console);
  }
  return 0;
}

}  // namespace

Action declareMemory(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("PID", options->process, "Process")->required();
  app.add_flag("--without-snapshot", options->withoutSnapshot,
               "Do not look at the objects: they are then not told apart from other blocks");
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
