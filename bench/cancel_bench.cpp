// How long each long question goes without asking whether it should stop:  cancel_bench FILE TYPE
// Prints for each the longest such stretch and the whole time, in milliseconds: the stretch is what
// a person waits at most after pressing cancel.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "server/features/paths_report.h"
#include "server/heap/analysis.h"
#include "server/heap/cycles_report.h"
#include "server/heap/dominator_rows.h"
#include "server/heap/fates.h"
#include "server/heap/flame.h"
#include "server/heap/partition.h"
#include "server/heap/select.h"
#include "server/heap/series.h"
#include "server/heap/snapshot_reader.h"
#include "server/heap/suspects.h"
#include "server/pictures/picture.h"
#include "server/session/run_both.h"
#include "server/session/snapshot_file.h"
#include "server/sql/sql_session.h"

namespace {

using namespace whyalive;
using Clock = std::chrono::steady_clock;

template <class T>
T orExit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(1);
}

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void measure(const char* name, const std::function<void(const RunControl&)>& question) {
  const Clock::time_point begin = Clock::now();
  Clock::time_point last = begin;
  Clock::duration longest{};
  std::string where, before = "its beginning";
  const auto look = [&](std::string_view step) {
    const Clock::time_point now = Clock::now();
    if (now - last > longest) {
      longest = now - last;
      where = before;
    }
    last = now;
    before = step;
  };
  question(RunControl([&](std::string_view step, double) {
    look(step);
    return true;
  }));
  look("the end");
  std::printf("%8.1f of %8.1f  %-36s after \"%s\"\n", milliseconds(longest),
              milliseconds(last - begin), name, where.c_str());
  std::fflush(stdout);
}

using AnalysisPtr = std::shared_ptr<const heap::Analysis>;

void askHeap(const AnalysisPtr& a) {
  for (const std::string_view word : heap::partitionWords()) {
    measure(("partition by " + std::string(word)).c_str(), [&](const RunControl& control) {
      orExit(heap::partition(*a, *heap::partitionBy(word), {.limit = 30}, control));
    });
  }
  measure("suspects",
          [&](const RunControl& control) { orExit(heap::findSuspects(*a, {}, {}, control)); });
  measure("cycles", [&](const RunControl& control) { orExit(heap::findCycles(*a, control)); });
  measure("flame graph",
          [&](const RunControl& control) { orExit(heap::FlameTree::find(*a, control)); });
  measure("dominators, top level",
          [&](const RunControl& control) { orExit(heap::dominatorLevel(*a, {}, control)); });
  const heap::Analysis* const both[] = {a.get(), a.get()};
  for (const heap::SeriesBy by :
       {heap::SeriesBy::Kind, heap::SeriesBy::Holder, heap::SeriesBy::Path}) {
    measure(("diff by " + std::string(heap::toString(by))).c_str(),
            [&](const RunControl& control) { orExit(heap::seriesOf(both, {.by = by}, control)); });
  }
  measure("new and gone objects", [&](const RunControl& control) {
    orExit(heap::fatesOf(a->graph(), a->graph(), control));
  });
}

void askSql(const AnalysisPtr& a, const std::string& type) {
  const std::string ofType = " FROM objects WHERE type = '" + type + "'";
  const std::string questions[] = {
      "SELECT count(*)" + ofType,
      "SELECT retained_together(id)" + ofType,
      "SELECT holder(id), count(*)" + ofType + " GROUP BY 1",
      "SELECT count(*) FROM refs WHERE name = 'parent'",
      "SELECT text, count(*) n FROM strings GROUP BY text HAVING n > 1 ORDER BY n DESC LIMIT 10",
      "SELECT id FROM objects ORDER BY retained DESC LIMIT 10",
      "SELECT type, count(*), sum(size) FROM objects GROUP BY type",
      "SELECT count(*) FROM objects WHERE reachable = 0",
      "SELECT * FROM suspects",
  };
  sql::SqlSession session = orExit(sql::SqlSession::open(a));
  sql::SqlOptions options;
  options.timeout = std::chrono::milliseconds(0);
  for (const std::string& text : questions) {
    measure(text.c_str(),
            [&](const RunControl& control) { orExit(session.query(text, options, control)); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: cancel_bench FILE TYPE\n");
    return 2;
  }
  std::printf("longest stretch between two looks at \"cancel\", ms\n");
  std::shared_ptr<net::SnapshotBytes> file;
  measure("load", [&](const RunControl& control) {
    file = std::make_shared<net::SnapshotBytes>(orExit(session::loadSnapshot(argv[1], control)));
  });
  heap::Snapshot snapshot;
  measure("read", [&](const RunControl& control) {
    snapshot = orExit(heap::readSnapshot(file->view(), file, control));
  });
  AnalysisPtr analysis;
  measure("analyse, two threads", [&](const RunControl& control) {
    analysis = orExit(heap::analyse(std::move(snapshot), control, session::runBoth()));
  });
  std::printf("%u objects\n", analysis->graph().objectCount());
  askHeap(analysis);
  askSql(analysis, argv[2]);
  const auto objects = orExit(heap::objectsOfType(*analysis, argv[2]));
  measure("why --type", [&](const RunControl& control) {
    orExit(features::pathsReport(*analysis, objects, "", 10, control));
  });
  measure("picture of all, merged", [&](const RunControl& control) {
    pictures::PictureOptions options;
    options.merged = true;
    orExit(pictures::drawPicture(*analysis, objects, options, control));
  });
}
