#include "server/pictures/graphviz.h"

#include <gvc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace whyalive::pictures {
namespace {

constexpr rlim_t kCpuSeconds = 60;  // the parent's timeout comes first; this is for lost helpers
constexpr rlim_t kAddressSpace = rlim_t{2} << 30;
constexpr rlim_t kOpenFiles = 128;
constexpr double kDotsPerInch = 144;
constexpr double kMostPixels = 24e6;

// Sanitizers map terabytes of addresses that they never use.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

struct FreeContext {
  void operator()(GVC_t* context) const { gvFreeContext(context); }
};
struct CloseGraph {
  void operator()(Agraph_t* graph) const { agclose(graph); }
};
struct FreeRendered {
  void operator()(char* data) const { gvFreeRenderData(data); }
};

const char* deviceOf(PictureFormat format) {
  switch (format) {
    case PictureFormat::Png: return "png:cairo";
    case PictureFormat::Pdf: return "pdf:cairo";
    case PictureFormat::Svg:
    case PictureFormat::Dot: break;
  }
  return format == PictureFormat::Svg ? "svg:svg" : "dot";
}

// Dots per inch: sharp on today's screens, but no more pixels than a viewer takes without trouble.
double sharpness(Agraph_t* graph) {
  const boxf box = GD_bb(graph);
  const double inches = (box.UR.x - box.LL.x) / 72 * ((box.UR.y - box.LL.y) / 72);
  return inches <= 0 ? kDotsPerInch : std::min(kDotsPerInch, std::sqrt(kMostPixels / inches));
}

class Layout {
 public:
  Layout(GVC_t* context, Agraph_t* graph)
      : context_(context), graph_(graph), done_(gvLayout(context, graph, "dot") == 0) {}
  ~Layout() {
    if (done_) gvFreeLayout(context_, graph_);
  }
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  bool done() const { return done_; }

 private:
  GVC_t* context_;
  Agraph_t* graph_;
  bool done_;
};

void limit(int resource, rlim_t value) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
  now.rlim_cur = now.rlim_max == RLIM_INFINITY ? value : std::min(value, now.rlim_max);
  setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

bool readAll(std::string& text) {
  char buffer[65536];
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got == 0) return true;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

bool writeAll(std::string_view data) {
  while (!data.empty()) {
    const ssize_t put = write(STDOUT_FILENO, data.data(), data.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// A package that brings Graphviz along has its plugins beside the program, in lib/graphviz. They
// belong to the libgvc beside them: the system's may be of another version.
void preferOwnPlugins() {
  char program[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program);
  if (length <= 0) return;
  std::string folder(program, static_cast<std::size_t>(length));
  folder = folder.substr(0, folder.rfind('/')) + "/lib/graphviz";
  if (access(folder.c_str(), R_OK | X_OK) == 0) setenv("GVBINDIR", folder.c_str(), 1);
}

}  // namespace

Result<std::string> renderHere(const std::string& dot, PictureFormat format) {
  const std::unique_ptr<GVC_t, FreeContext> context(gvContext());
  const std::unique_ptr<Agraph_t, CloseGraph> graph(agmemread(dot.c_str()));
  if (graph == nullptr) return fail(ErrorCode::Internal, "Graphviz could not read the picture");
  const Layout layout(context.get(), graph.get());
  if (!layout.done()) return fail(ErrorCode::Internal, "Graphviz could not lay the picture out");
  if (format == PictureFormat::Png) GD_drawing(graph.get())->dpi = sharpness(graph.get());
  char* raw = nullptr;
  unsigned int length = 0;
  const int failed = gvRenderData(context.get(), graph.get(), deviceOf(format), &raw, &length);
  const std::unique_ptr<char, FreeRendered> data(raw);
  if (failed != 0 || raw == nullptr || length == 0) {
    return fail(ErrorCode::Unsupported,
                "this Graphviz makes no " + std::string(toString(format)) + " pictures",
                "install the package libgvc6 with its plugins, or choose svg or dot");
  }
  return std::string(raw, length);
}

int helperMain(std::string_view name) {
  const auto format = pictureFormat(name);
  if (!format) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CPU, kCpuSeconds);
  if (!kSanitized) limit(RLIMIT_AS, kAddressSpace);
  limit(RLIMIT_NOFILE, kOpenFiles);
  limit(RLIMIT_CORE, 0);
  preferOwnPlugins();
  std::string dot;
  if (!readAll(dot)) return 1;
  const Result<std::string> picture = renderHere(dot, *format);
  if (!picture) {
    std::fprintf(stderr, "%s\n", picture.error().text().c_str());
    return 1;
  }
  return writeAll(*picture) ? 0 : 1;
}

}  // namespace whyalive::pictures
