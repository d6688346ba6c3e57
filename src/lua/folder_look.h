#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/text_table.h"

namespace moondial::script {

/// Looks for many files, as a plan does: a folder in which many are looked for is read as a whole,
/// which is a tenth of the work, and each file that was there then is there. What was not, and
/// links, are asked for one by one. So it is for a look at the files of one moment.
class FolderLook {
 public:
  /// `path` is absolute, or relative to the process's folder. One that ends in "/" is a folder's.
  [[nodiscard]] bool exists(const std::string& path);

 private:
  struct Folder {
    size_t asked = 0;
    size_t read_at = 0;  ///< it is to be read when so many have been asked for
    std::unique_ptr<TextTable> names;
  };
  [[nodiscard]] Folder& folder_of(std::string_view path);
  static void consider_reading(Folder& folder, const std::string& path);

  std::unordered_map<std::string, Folder> folders_;
  std::string last_path_;
  Folder* last_ = nullptr;  ///< of last_path_: one usually follows another of the same folder
};

}  // namespace moondial::script
