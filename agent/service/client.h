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
  // Of the other end; 0 and nobody's when it cannot be told.
  pid_t process() const;
  uid_t user() const;
  bool wantsToWrite() const { return !out_.empty(); }
  bool closed() const { return closed_; }

  // Reads what is there; bodies of whole frames are then taken out by next(). A frame that breaks
  // the rules closes the connection: this peer is one of ours or an intruder.
  void readSome();
  std::optional<std::string> next();

  // `descriptor` travels with the first byte of the frame; it is duplicated at once.
  void send(const std::string& body, int descriptor = -1);
  // The file's first bytes, in agent/piece notifications that are made as the other end takes them.
  void stream(int file, std::uint64_t bytes);
  void writeSome();

 private:
  struct Outgoing {
    std::string bytes;
    std::size_t sent = 0;
    int descriptor = -1;  // travels along
    int file = -1;        // what is left of it follows
    std::uint64_t next = 0;
    std::uint64_t end = 0;
  };
  static bool refill(Outgoing& one);
  int fd_;
  bool closed_ = false;
  rpc::FrameDecoder decoder_;
  std::deque<Outgoing> out_;
  std::size_t unread_ = 0;  // bytes sent since the client had read everything
};

// Whether the other end belongs to this user, or to root, who may do anything anyway.
bool isOurUser(int fd);

}  // namespace whyalive::agent
