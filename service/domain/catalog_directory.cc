#include "service/domain/catalog_directory.h"

#include <filesystem>
#include <system_error>

namespace mendwork::domain {

std::string DefaultCatalogDirectory() {
  std::error_code ignored;
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::filesystem::path installed = (program / "../share/mendwork/catalog").lexically_normal();
  if (std::filesystem::is_directory(installed, ignored)) return installed.string();
  return (program / "../../../service/catalog").lexically_normal().string();
}

}  // namespace mendwork::domain
