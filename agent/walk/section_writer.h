// The container around the columns: header, sections one after the other, section table at the end
// (protocol/snapshot/format.h). The header is written last, so a half-written file is no snapshot.
#pragma once

#include "agent/walk/byte_sink.h"
#include "protocol/snapshot/format.h"

namespace whyalive::agent {

class SectionWriter {
 public:
  SectionWriter(Mappings& mappings, int fd)
      : sink_(mappings, fd), fd_(fd), bailout_(&mappings.bailout()) {
    const snapshot::Header blank{};
    sink_.put(&blank, sizeof blank);
  }

  ByteSink& begin(snapshot::SectionId id) {
    sink_.padTo8();
    entries_[count_] = {};
    entries_[count_].id = static_cast<std::uint32_t>(id);
    entries_[count_].offset = sink_.written();
    return sink_;
  }
  void end(std::uint64_t itemCount) {
    snapshot::SectionEntry& entry = entries_[count_++];
    entry.storedBytes = entry.rawBytes = sink_.written() - entry.offset;
    entry.itemCount = itemCount;
  }
  void section(snapshot::SectionId id, const ByteColumn& bytes, std::uint64_t itemCount) {
    begin(id).put(bytes.data(), bytes.size());
    end(itemCount);
  }

  // The first part of what was written by itself, then the rest.
  void section(snapshot::SectionId id, const ByteColumn& first, const ByteColumn& rest,
               std::uint64_t itemCount) {
    ByteSink& sink = begin(id);
    sink.put(first.data(), first.size());
    sink.put(rest.data(), rest.size());
    end(itemCount);
  }
  int file() const { return fd_; }

  // Returns the bytes of the whole file.
  std::uint64_t finish(std::uint64_t objectCount, std::uint64_t edgeCount) {
    sink_.padTo8();
    snapshot::Header header{};
    std::memcpy(header.magic, snapshot::kMagic, sizeof header.magic);
    header.version = snapshot::kFormatVersion;
    header.byteOrderMark = snapshot::kByteOrderMark;
    header.sectionCount = count_;
    header.objectCount = objectCount;
    header.edgeCount = edgeCount;
    header.sectionTableOffset = sink_.written();
    sink_.put(entries_, count_ * sizeof entries_[0]);
    sink_.flush();
    header.totalBytes = sink_.written();
    if (::pwrite(fd_, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) {
      bailout_->now(Failure::WriteFailed);
    }
    return header.totalBytes;
  }

 private:
  ByteSink sink_;
  int fd_;
  Bailout* bailout_;
  std::uint32_t count_ = 0;
  snapshot::SectionEntry entries_[32] = {};
};

}  // namespace whyalive::agent
