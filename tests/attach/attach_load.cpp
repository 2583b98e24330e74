// attach_load PID LIBRARY ENTRY ARGUMENT [--again] [--find-point MS] [--load MS]
//
// The attach tests' hands: loads any library by server/attach's own loader and prints what it cost
// as JSON. --again loads the library even if one with that entry is there already.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "server/attach/loader.h"
#include "server/attach/remote_script.h"

using namespace whyalive;

namespace {

int failure(const Error& error) {
  std::fprintf(stderr, "%s\n", error.text().c_str());
  return 1;
}

void print(const attach::Target& target, const attach::LoadOutcome& outcome, double inspectMs) {
  std::printf(
      "{\"python\":\"%s\",\"thread\":%d,\"stops\":%d,\"pauseUs\":%.1f,\"probesUs\":%.1f,"
      "\"gilWaitUs\":%.1f,\"gilHeldUs\":%.1f,\"totalMs\":%.2f,\"inspectMs\":%.2f,"
      "\"entryResult\":%d,\"wasLoaded\":%s}\n",
      target.interpreter.version.text().c_str(), outcome.thread, outcome.stops,
      static_cast<double>(outcome.pauseNs) / 1e3, static_cast<double>(outcome.probesNs) / 1e3,
      static_cast<double>(outcome.gilWaitNs) / 1e3, static_cast<double>(outcome.gilHeldNs) / 1e3,
      static_cast<double>(outcome.totalNs) / 1e6, inspectMs, outcome.entryResult,
      outcome.wasLoaded ? "true" : "false");
}

int runAsScript(const attach::Target& target, const attach::LoadRequest& load, int takeUp) {
  const attach::ScriptRequest request{.library = load.path,
                                      .module = load.entryName,
                                      .argument = load.argument,
                                      .takeUp = std::chrono::milliseconds(takeUp)};
  const auto answer = attach::runScript(target, request, RunControl());
  if (!answer) return failure(answer.error());
  std::printf(*answer ? "\"%s\"\n" : "null\n", answer->value_or("").c_str());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) {
    std::fprintf(stderr, "usage: attach_load PID LIBRARY ENTRY ARGUMENT [options]\n");
    return 2;
  }
  attach::LoadRequest request{
      .path = arguments[2], .entryName = arguments[3], .argument = arguments[4]};
  bool again = false;
  int script = -1;
  for (int i = 5; i < count; ++i) {
    if (std::strcmp(arguments[i], "--again") == 0) again = true;
    if (i + 1 == count) break;
    if (std::strcmp(arguments[i], "--script") == 0) script = std::atoi(arguments[i + 1]);
    const std::chrono::milliseconds limit(std::atoi(arguments[i + 1]));
    if (std::strcmp(arguments[i], "--find-point") == 0) request.findPoint = limit;
    if (std::strcmp(arguments[i], "--load") == 0) request.load = limit;
  }
  const auto start = std::chrono::steady_clock::now();
  const auto target = attach::inspect(std::atoi(arguments[1]), again ? "" : request.entryName);
  if (!target) return failure(target.error());
  const double inspectMs =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (script >= 0) return runAsScript(*target, request, script);
  const auto outcome = attach::loadLibrary(*target, request, RunControl());
  if (!outcome) return failure(outcome.error());
  print(*target, *outcome, inspectMs);
  return 0;
}
