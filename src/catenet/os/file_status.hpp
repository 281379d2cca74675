// What MachineFiles and FolderFiles say alike of what they have opened.
#pragma once

#include <sys/stat.h>

#include "catenet/os/descriptor.hpp"
#include "catenet/socket/system.hpp"

namespace catenet::os {

// Errors: EACCES for pipes and devices, which are no files: reading one could wait for ever.
Result<Files::Status> file_status(const struct stat& about);

// The names in an open folder, sorted.
Result<std::vector<std::string>> names_in(Descriptor folder);

}  // namespace catenet::os
