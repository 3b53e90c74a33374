// Where things are in the state directory; docs/recovery.md has the picture.
#pragma once

#include <string>
#include <utility>

namespace gannet::agent {

struct StatePaths {
  explicit StatePaths(std::string directory)
      : root(std::move(directory)),
        bin(root + "/bin"),
        blobs(root + "/blobs"),
        temp(root + "/tmp"),
        releases(root + "/releases"),
        current(root + "/current"),
        journal(root + "/journal"),
        lock(root + "/lock"),
        sessions(root + "/sessions"),
        operator_lock(root + "/operator-lock"),
        last_recovery(root + "/last-recovery"),
        upload_mark(temp + "/upload") {}

  std::string root;
  std::string bin;
  std::string blobs;
  std::string temp;      ///< blobs that are not whole yet
  std::string releases;  ///< <service>/<id>
  std::string current;   ///< <service>: the id in force
  std::string journal;   ///< <transaction>, while it is open
  std::string lock;      ///< flock: held exclusively by whoever changes this host
  std::string sessions;  ///< flock: held shared by whoever counts on blobs not yet in a journal
  std::string operator_lock;
  std::string last_recovery;
  std::string upload_mark;  ///< exists from the first upload until blobs were pruned
};

}  // namespace gannet::agent
