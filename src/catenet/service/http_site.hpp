// HttpSite: what a web server answers, without a connection: read RFC 9110 sections 8
// (representations), 9 (methods), 13 (conditional requests), 14 (ranges) and 15 (status codes).
#pragma once

#include "catenet/service/http_range.hpp"
#include "catenet/service/http_server.hpp"

namespace catenet::http {

// A stretch of the file an answer sends, with what goes before it.
struct BodyPart {
  std::string before;
  ByteRange bytes;
};

struct Answer {
  ResponseHead head;
  std::string file;  // what `parts` are parts of
  std::vector<BodyPart> parts;
  std::string text;      // behind them; or the whole body
  bool chunked = false;  // of a length that the head does not tell; only `text`
  bool close = false;    // the connection ends with it
};

class Site {
 public:
  // Both outlive the site.
  Site(const HttpServerOptions& options, Files& files) : options_(options), files_(files) {}

  Answer answer(const RequestHead& request, i64 now_s) const;
  Files& files() const { return files_; }

 private:
  struct Target {
    std::string root;
    std::string path;     // decoded, normal, below root
    std::string written;  // as it was asked for, still encoded, without its query
    std::string query;
  };
  Parsed<Target> locate(const RequestHead& request) const;
  const std::string& root_of(std::string_view host) const;
  Answer answer_path(const RequestHead& request, const Target& target, i64 now_s) const;
  Answer answer_folder(const RequestHead& request, const Target& target, i64 now_s) const;
  Answer listing(const RequestHead& request, const Target& target) const;

  const HttpServerOptions& options_;
  Files& files_;
};

// An answer that says its status in words.
Answer plain_answer(u16 status, std::string_view what = {});
// An answer to a request that could not be read.
Answer fault_answer(const Fault& fault);
// The media type for a file's name.
std::string_view media_type(std::string_view file);

// A file as one representation (RFC 9110 section 8).
struct Representation {
  std::string file;
  Files::Status status;
  std::string etag;  // strong: made of the content, or of size and time
};
Representation represent(std::string file, const Files::Status& status);
// The status with which RFC 9110 section 13.2.2 ends the request before its method is done: 304 or
// 412; nothing: go on.
std::optional<u16> failed_precondition(const RequestHead& request, const Representation& page,
                                       i64 now_s);
// 200, 206 or 416 with the file's bytes.
Answer file_answer(const RequestHead& request, const Representation& page, i64 now_s);

}  // namespace catenet::http
