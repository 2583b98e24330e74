// One connection to the agent's socket: frames in, frames out. Owned by the service, on its thread.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "protocol/rpc/frame_decoder.h"

namespace whyalive::agent {

class Client {
 public:
  explicit Client(int fd);
  ~Client();
  Client(const Client&) = delete;

  int fd() const { return fd_; }
  bool wantsToWrite() const { return !out_.empty(); }
  bool closed() const { return closed_; }

  // Reads what is there; bodies of whole frames are then taken out by next(). A frame that breaks
  // the rules closes the connection: this peer is one of ours or an intruder.
  void readSome();
  std::optional<std::string> next();

  // `descriptor` travels with the first byte of the frame; it is duplicated at once.
  void send(const std::string& body, int descriptor = -1);
  void writeSome();

 private:
  struct Outgoing {
    std::string bytes;
    std::size_t sent = 0;
    int descriptor = -1;
  };
  int fd_;
  bool closed_ = false;
  rpc::FrameDecoder decoder_;
  std::deque<Outgoing> out_;
};

// Whether the other end belongs to this user.
bool isOurUser(int fd);

}  // namespace whyalive::agent
