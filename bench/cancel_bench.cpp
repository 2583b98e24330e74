// How long a person waits who cancels a long question:  cancel_bench FILE TYPE [MS [NAME]]
// Prints for each, in milliseconds, the longest stretch of processor time in which nobody looked
// whether to stop, the longest time from a cancel at one of a few moments spread over the question
// until it had returned (its memory given back too), and the whole time. With MS also all stretches
// longer than that; with NAME only the questions in whose names it stands.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
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

// Of this thread: what other programs take of the machine does not count.
std::chrono::nanoseconds processorTime() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

constexpr int kMoments = 4;  // at which each question is cancelled
double told = 1e9;           // stretches longer than this are printed
std::string only;            // questions in whose names this stands

// What was cancelled has no value.
template <class T>
std::optional<T> valueOf(Result<T> result) {
  if (result) return std::move(*result);
  if (result.error().code == ErrorCode::Cancelled) return std::nullopt;
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(1);
}

template <class T>
T orExit(Result<T> result) {
  std::optional<T> value = valueOf(std::move(result));
  if (!value) std::exit(1);
  return std::move(*value);
}

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

using Question = std::function<void(const RunControl&)>;

struct Stretches {
  Clock::duration whole{};
  std::chrono::nanoseconds longest{};
  std::string after;
};

Stretches watch(const Question& question) {
  const Clock::time_point begin = Clock::now();
  std::chrono::nanoseconds last = processorTime();
  Stretches found;
  std::string before = "its beginning";
  const auto look = [&](std::string_view step, double fraction) {
    const std::chrono::nanoseconds now = processorTime();
    if (milliseconds(now - last) > told) {
      std::printf("%20.1f after \"%s\", before \"%s\" (%.3f)\n", milliseconds(now - last),
                  before.c_str(), std::string(step).c_str(), fraction);
    }
    if (now - last > found.longest) {
      found.longest = now - last;
      found.after = before;
    }
    last = processorTime();
    before = step;
  };
  question(RunControl([&](std::string_view step, double fraction) {
    look(step, fraction);
    return true;
  }));
  look("the end", 1);
  found.whole = Clock::now() - begin;
  return found;
}

// From a cancel at this time after the question's first look until it has returned.
Clock::duration waitAfterCancel(const Question& question, Clock::duration moment) {
  std::optional<Clock::time_point> cancel;
  bool stopped = false;
  question(RunControl([&](std::string_view, double) {
    const Clock::time_point now = Clock::now();
    if (!cancel) cancel = now + moment;
    stopped = stopped || now >= *cancel;
    return !stopped;
  }));
  return stopped ? Clock::now() - *cancel : Clock::duration{};
}

void measure(
    const std::string& name, const Question& question,
    const std::function<void()>& prepare = [] {}) {
  if (name.find(only) == std::string::npos) return;
  prepare();
  const Stretches found = watch(question);
  Clock::duration wait{};
  for (int i = 0; i < kMoments; ++i) {
    prepare();
    wait = std::max(wait, waitAfterCancel(question, found.whole * (2 * i + 1) / (2 * kMoments)));
  }
  std::printf("%8.1f %8.1f %9.1f  %-36s after \"%s\"\n", milliseconds(found.longest),
              milliseconds(wait), milliseconds(found.whole), name.c_str(), found.after.c_str());
  std::fflush(stdout);
}

using AnalysisPtr = std::shared_ptr<const heap::Analysis>;

void askHeap(const AnalysisPtr& a) {
  for (const std::string_view word : heap::partitionWords()) {
    measure("partition by " + std::string(word), [&](const RunControl& control) {
      valueOf(heap::partition(*a, *heap::partitionBy(word), {.limit = 30}, control));
    });
  }
  measure("suspects",
          [&](const RunControl& control) { valueOf(heap::findSuspects(*a, {}, {}, control)); });
  measure("cycles", [&](const RunControl& control) { valueOf(heap::findCycles(*a, control)); });
  measure("flame graph",
          [&](const RunControl& control) { valueOf(heap::FlameTree::find(*a, control)); });
  measure("dominators, top level",
          [&](const RunControl& control) { valueOf(heap::dominatorLevel(*a, {}, control)); });
  const heap::Analysis* const both[] = {a.get(), a.get()};
  for (const heap::SeriesBy by :
       {heap::SeriesBy::Kind, heap::SeriesBy::Holder, heap::SeriesBy::Path}) {
    measure("diff by " + std::string(heap::toString(by)),
            [&](const RunControl& control) { valueOf(heap::seriesOf(both, {.by = by}, control)); });
  }
  measure("new and gone objects", [&](const RunControl& control) {
    valueOf(heap::fatesOf(a->graph(), a->graph(), control));
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
      "SELECT * FROM duplicates",
      "SELECT * FROM held WHERE holder = '" + type + "'",
      "SELECT count(*) FROM objects WHERE length > 100",
      "SELECT id, refcount FROM objects ORDER BY refcount",
      "SELECT text, id FROM strings ORDER BY length, text",
      "SELECT count(DISTINCT length) FROM objects",
      "SELECT * FROM suspects",
  };
  sql::SqlOptions options;
  options.timeout = std::chrono::milliseconds(0);
  options.memory = Bytes{2} << 30;
  for (const std::string& text : questions) {
    measure(text, [&](const RunControl& control) {
      sql::SqlSession session = orExit(sql::SqlSession::open(a));  // which has no index yet
      valueOf(session.query(text, options, control));
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: cancel_bench FILE TYPE [MS]\n");
    return 2;
  }
  if (argc > 3) told = std::atof(argv[3]);
  if (argc > 4) only = argv[4];
  std::printf("%8s %8s %9s  ms\n", "unasked", "cancel", "whole");
  measure("load",
          [&](const RunControl& control) { valueOf(session::loadSnapshot(argv[1], control)); });
  const auto file = std::make_shared<net::SnapshotBytes>(orExit(session::loadSnapshot(argv[1])));
  measure("read", [&](const RunControl& control) {
    valueOf(heap::readSnapshot(file->view(), file, control));
  });
  heap::Snapshot snapshot;
  measure(
      "analyse, two threads",
      [&](const RunControl& control) {
        valueOf(heap::analyse(std::move(snapshot), control, session::runBoth()));
      },
      [&] { snapshot = orExit(heap::readSnapshot(file->view(), file)); });
  const AnalysisPtr analysis =
      orExit(heap::analyse(orExit(heap::readSnapshot(file->view(), file))));
  std::printf("%u objects\n", analysis->graph().objectCount());
  askHeap(analysis);
  askSql(analysis, argv[2]);
  const auto objects = orExit(heap::objectsOfType(*analysis, argv[2]));
  measure("why --type", [&](const RunControl& control) {
    valueOf(features::pathsReport(*analysis, objects, "", 10, control));
  });
  measure("picture of all, merged", [&](const RunControl& control) {
    pictures::PictureOptions options;
    options.merged = true;
    valueOf(pictures::drawPicture(*analysis, objects, options, control));
  });
}
