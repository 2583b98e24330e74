// Memory files: where SQLite puts what it sorts and joins once that is more than a few megabytes.
//
// SQLite sorts in runs and merges them step by step only where it has temporary files; all in its
// own memory it would sort in one go, which nobody can stop, and give back row by row. These files
// are memory, too: never on a disk, counted by SQLite like all else it takes, gone when closed.
#pragma once

namespace whyalive::sql {

// Makes them known to SQLite once; the name to open a connection with, or nullptr when SQLite
// refuses.
const char* memoryFiles();

}  // namespace whyalive::sql
