# cmake -DOUTPUT=x.cpp -DSOURCES=a.py|b.py -P embed.cmake: the sources as string literals.
string(REPLACE "|" ";" sources "${SOURCES}")
set(entries "")
set(text "// Written by agent/embed.cmake.\n#include \"agent/evaluate/inside_source.h\"\n\n"
         "namespace whyalive::agent {\nnamespace {\n")
string(CONCAT text ${text})
foreach(source IN LISTS sources)
  get_filename_component(name "${source}" NAME_WE)
  file(READ "${source}" content HEX)
  # As numbers: a string literal would end at whatever the source happens to hold.
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${content}")
  string(APPEND text "constexpr char k_${name}[] = {${bytes}0};\n")
  string(APPEND entries "      {\"<whyalive ${name}>\", k_${name}},\n")
endforeach()
string(APPEND text "}  // namespace\n\nstd::span<const InsideSource> insideSources() {\n"
       "  static constexpr InsideSource kSources[] = {\n${entries}  };\n  return kSources;\n}\n\n"
       "}  // namespace whyalive::agent\n")
file(WRITE "${OUTPUT}" "${text}")
