// MemoryFiles: where SQLite puts what it sorts and joins once that is more than a few megabytes.
//
// SQLite sorts in runs and merges them step by step only where it has temporary files; all in its
// own memory it would sort in one go, which nobody can stop, and give back row by row. These files
// are memory, too: never on a disk, counted by SQLite like all else it takes, gone when closed.
// While it merges, SQLite asks nobody whether to go on: the files do, who are read and written
// then.
#pragma once

#include <functional>
#include <memory>

namespace whyalive::sql {

// For one connection, which must be closed before it goes. Used on the connection's thread.
class MemoryFiles {
 public:
  // Asked after each megabyte that is read or written; false ends the query.
  explicit MemoryFiles(std::function<bool()> keepsGoing);
  ~MemoryFiles();
  MemoryFiles(const MemoryFiles&) = delete;
  MemoryFiles& operator=(const MemoryFiles&) = delete;

  // To open a connection with; nullptr when SQLite refuses them.
  const char* name() const;

 private:
  struct Registered;
  std::unique_ptr<Registered> registered_;
};

}  // namespace whyalive::sql
