// What the sanitizers are to leave alone, in every program that is built with them: faults of
// libraries that are not ours, each with its reason. Built in, because our helper processes get no
// environment.
extern "C" {

// Graphviz 2.42 compares a font's name with that of the picture before, which is freed by then.
// whyalive draws each picture in a process of its own; only tests draw two in one.
const char* __asan_default_suppressions() { return "interceptor_via_lib:libgvplugin_pango.so\n"; }

// Font tables and plugins that these libraries keep to the end of the process.
const char* __lsan_default_suppressions() {
  return "leak:libfontconfig.so\n"
         "leak:libgvc.so\n"
         "leak:libgvplugin_\n"
         "leak:libcgraph.so\n"
         "leak:libpango\n"
         "leak:libglib-2.0.so\n"
         "leak:libcairo.so\n";
}

const char* __lsan_default_options() { return "print_suppressions=0"; }
}
