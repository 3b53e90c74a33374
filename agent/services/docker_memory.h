// What one pass over a host has learned from Docker, so that its services need not ask one by one.
#pragma once

#include <map>
#include <string>

namespace gannet::agent {

/// Remembers between begin() and end(), and only until Docker is asked to change anything: what
/// follows is asked for again. Answers are those of Docker (docker_cli.h); failures are not kept.
class DockerMemory {
 public:
  void begin() {
    forget();
    on_ = true;
  }
  void end() {
    forget();
    on_ = false;
  }
  void forget() {
    images.clear();
    projects.clear();
  }
  [[nodiscard]] bool on() const { return on_; }

  std::map<std::string, std::string> images;    ///< name or id -> id; empty: there is none
  std::map<std::string, std::string> projects;  ///< name -> what `docker inspect` printed about it

 private:
  bool on_ = false;
};

}  // namespace gannet::agent
