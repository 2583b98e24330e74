#include "agent/twin/strays.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/twin/digits.h"

namespace whyalive::agent {
namespace {

constexpr int kMostGenerations = 64;
constexpr int kExitSignal = 38;  // field of /proc/PID/stat

ssize_t readText(const char* path, char* text, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t length = read(file, text, size - 1);
  close(file);
  text[length > 0 ? length : 0] = 0;
  return length;
}

bool isOrphan(pid_t pid) {
  char path[32] = "/proc/";
  char* end = path + strlen(path);
  appendNumber(end, static_cast<unsigned>(pid));
  memcpy(end, "/stat", 6);
  char text[1024];
  if (readText(path, text, sizeof text) <= 0) return false;
  const char* at = strrchr(text, ')');
  for (int field = 2; at && field < kExitSignal; ++field) at = strchr(at + 1, ' ');
  return at && at[1] != '0';
}

// Those that one look shows. A long list is cut; the next look shows the rest.
bool endSome() {
  char text[4096];
  const ssize_t length = readText("/proc/thread-self/children", text, sizeof text);
  bool any = false;
  pid_t pid = 0;
  for (ssize_t i = 0; i < length; ++i) {
    if (text[i] >= '0' && text[i] <= '9') {
      pid = pid * 10 + (text[i] - '0');
      continue;
    }
    if (pid > 0 && isOrphan(pid) && kill(pid, SIGKILL) == 0) {
      any = waitpid(pid, nullptr, __WALL) == pid || any;
    }
    pid = 0;
  }
  return any;
}

}  // namespace

void adoptStrays() { prctl(PR_SET_CHILD_SUBREAPER, 1); }

void endStrays() {
  for (int i = 0; i < kMostGenerations && endSome(); ++i) {
  }
}

}  // namespace whyalive::agent
