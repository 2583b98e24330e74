// An unprepared process as the loader sees it before it touches anything: what runs there, where
// the functions are that will be called, and which code is safe to interrupt.
//
// Reads /proc and the process's memory; stops nothing, changes nothing.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "server/attach/interpreter.h"
#include "server/attach/launch_block.h"
#include "server/attach/memory_map.h"
#include "server/attach/process_status.h"
#include "server/attach/safe_point.h"
#include "server/attach/target_memory.h"

namespace whyalive::attach {

struct Target {
  pid_t pid = 0;
  ProcessStatus status;
  std::vector<Mapping> mappings;
  std::vector<Module> modules;
  Interpreter interpreter;
  CodeMap code;
  Address signalReturn = 0;      // the C library's return from signal handlers
  Address systemCallGadget = 0;  // "system call; return", anywhere in the C library
  LaunchFunctions functions{};
  bool oldLoader = false;  // dlopen is only there under its internal name
};

// Errors are sentences with remedies: no such process, another user's, traced already, not a Python
// …
Result<Target> inspect(pid_t pid, const std::string& entryName);

// A whole file, or nothing: it is not there, or ends being there while it is read.
std::optional<std::string> readWhole(const std::string& path);
// The same of what /proc says of a process.
std::optional<std::string> readProcFile(pid_t pid, const std::string& name);

}  // namespace whyalive::attach
