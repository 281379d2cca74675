// Standard output that may be full or gone: what was printed, and what the verb came to, are told
// apart.
#pragma once

#include <string_view>

namespace catenet::tools {

// Call first: a standard stream that is closed gets a place where all reading and writing fails, so
// that no file of ours takes its number and what is printed with it.
void hold_standard_streams();

// Prints to standard output. That it could not is told by finish_output().
void print_out(std::string_view text);

// False: not all could be printed.
bool flush_out();

// All of `bytes`, past what print_out() keeps. False: `errno` says why not.
bool write_all(int fd, std::string_view bytes);

// Prints "catenet: sentence" to standard error and gives `code`. What a terminal would obey in it,
// as the name of a file may have it, is printed as "\x1b".
int complain_of(int code, std::string_view sentence);

// Prints lines to standard error, in the same way.
void print_error(std::string_view lines);

// At the end of the program: `code`, or machine_cannot if that is worse and not all could be
// printed; says so.
int finish_output(int code);

}  // namespace catenet::tools
