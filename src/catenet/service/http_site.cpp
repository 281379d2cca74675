#include "catenet/service/http_site.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/service/http_date.hpp"
#include "catenet/service/url.hpp"
#include "catenet/socket/memory_files.hpp"

namespace catenet::http {
namespace {

constexpr std::string_view allowed_methods = "GET, HEAD, OPTIONS";

bool is_known_method(std::string_view method) {
  static constexpr std::string_view known[] = {"POST",    "PUT",   "DELETE",
                                               "CONNECT", "TRACE", "PATCH"};
  return std::find(std::begin(known), std::end(known), method) != std::end(known);
}

u16 status_of(Errno error) {
  switch (error) {
    case Errno::no_entry:
    case Errno::not_directory: return 404;
    case Errno::access_denied:
    case Errno::not_permitted: return 403;
    case Errno::too_many_files:
    case Errno::too_many_files_in_system: return 503;
    default: return 500;
  }
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

Answer redirect(std::string location) {
  Answer answer = plain_answer(301);
  answer.head.fields.add("Location", std::move(location));
  return answer;
}

}  // namespace

Answer plain_answer(u16 status, std::string_view what) {
  Answer answer;
  answer.head.status = status;
  answer.text = what.empty() ? fmt::format("{} {}\n", status, reason_phrase(status))
                             : fmt::format("{} {}: {}\n", status, reason_phrase(status), what);
  answer.head.fields.add("Content-Type", "text/plain; charset=utf-8");
  answer.head.fields.add("Content-Length", std::to_string(answer.text.size()));
  return answer;
}

Answer fault_answer(const Fault& fault) {
  Answer answer = plain_answer(fault.status, fault.what);
  answer.close = true;  // where the next request begins is not known
  return answer;
}

Answer Site::answer(const RequestHead& request, i64 now_s) const {
  const auto target = locate(request);
  if (!target) return fault_answer(target.error());
  if (const auto expect = request.fields.joined("Expect");
      expect && !equal_without_case(*expect, "100-continue")) {
    return plain_answer(417);
  }
  if (request.method == "OPTIONS") {
    Answer answer;
    answer.head.status = 204;
    answer.head.fields.add("Allow", std::string(allowed_methods));
    return answer;
  }
  if (request.method == "GET" || request.method == "HEAD") {
    return answer_path(request, *target, now_s);
  }
  if (!is_known_method(request.method)) return plain_answer(501);
  Answer answer = plain_answer(405);
  answer.head.fields.add("Allow", std::string(allowed_methods));
  return answer;
}

Parsed<Site::Target> Site::locate(const RequestHead& request) const {
  const std::size_t hosts = request.fields.count("Host");
  if (hosts > 1) return refuse(400, "several Hosts");
  if (hosts == 0 && request.minor_version >= 1) return refuse(400, "no Host");
  std::string host;
  if (hosts == 1 && !request.fields.find("Host")->empty()) {
    auto named = host_of_authority(*request.fields.find("Host"));
    if (!named) return refuse(400, "a bad Host");
    host = *std::move(named);
  }
  Target target;
  if (request.target.starts_with('/')) {
    const std::size_t question = std::min(request.target.find('?'), request.target.size());
    target.written = request.target.substr(0, question);
    target.query = request.target.substr(question);
  } else if ((request.method == "OPTIONS" && request.target == "*") ||
             request.method == "CONNECT") {
    target.written = "/";  // CONNECT's target is an authority; the method is refused next
  } else {
    // The absolute form takes the place of Host (RFC 9112 section 3.2.2).
    const auto url = parse_url(request.target);
    if (!url || !lower_case(request.target).starts_with("http://"))
      return refuse(400, "a bad target");
    host = url->host;
    target.written = url->path;
    target.query = url->query;
  }
  auto decoded = percent_decode(target.written);
  if (!decoded) return refuse(400, "a bad percent-encoding");
  target.root = root_of(host);
  target.path = normal_path(*decoded);
  return target;
}

const std::string& Site::root_of(std::string_view host) const {
  for (const HttpVirtualHost& site : options_.virtual_hosts) {
    if (equal_without_case(site.name, host)) return site.root;
  }
  return options_.root;
}

Answer Site::answer_path(const RequestHead& request, const Target& target, i64 now_s) const {
  // `path` was made normal by itself, so it cannot climb out of the root.
  const std::string file = normal_path(target.root + "/" + target.path);
  const auto status = files_.status(file);
  if (!status) return plain_answer(status_of(status.error()));
  if (status->kind == Files::Kind::directory) return answer_folder(request, target, now_s);
  if (target.written.ends_with('/')) return plain_answer(404);
  const Representation page = represent(file, *status);
  if (const auto failed = failed_precondition(request, page, now_s)) {
    if (*failed != 304) return plain_answer(*failed);
    Answer answer;
    answer.head.status = 304;
    answer.head.fields.add("ETag", page.etag);
    answer.head.fields.add("Last-Modified", format_date(status->modified_s));
    return answer;
  }
  return file_answer(request, page, now_s);
}

Answer Site::answer_folder(const RequestHead& request, const Target& target, i64 now_s) const {
  if (!target.written.ends_with('/')) {
    // "//x" in a Location would be another host.
    const std::string path = target.path == "/" ? "" : target.path;
    return redirect(percent_encode_path(path) + "/" + target.query);
  }
  Target index = target;
  index.path = normal_path(target.path + "/index.html");
  index.written += "index.html";
  const auto status = files_.status(normal_path(target.root + "/" + index.path));
  if (status && status->kind == Files::Kind::file) return answer_path(request, index, now_s);
  return options_.list_folders ? listing(request, target) : plain_answer(403);
}

Answer Site::listing(const RequestHead& request, const Target& target) const {
  const std::string folder = normal_path(target.root + "/" + target.path);
  const auto names = files_.list(folder);
  if (!names) return plain_answer(status_of(names.error()));
  const std::string title = escape_html(target.path);
  Answer answer;
  answer.text = fmt::format(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Index of {0}</title></head>\n"
      "<body><h1>Index of {0}</h1>\n<ul>\n",
      title);
  if (target.path != "/") answer.text += "<li><a href=\"../\">../</a></li>\n";
  for (const std::string& name : *names) {
    const std::string path = normal_path(fmt::format("{}/{}", folder, name));
    const auto status = files_.status(path);
    if (!status) continue;  // it went away meanwhile, or its link leads out
    const bool is_folder = status->kind == Files::Kind::directory;
    // "./" keeps a name with a colon from being taken for a scheme.
    answer.text += fmt::format("<li><a href=\"./{0}{1}\">{2}{1}</a>{3}</li>\n",
                               percent_encode_path(name), is_folder ? "/" : "", escape_html(name),
                               is_folder ? "" : fmt::format(" {}", status->size));
  }
  answer.text += "</ul></body></html>\n";
  answer.head.fields.add("Content-Type", "text/html; charset=utf-8");
  answer.chunked = request.minor_version >= 1;
  if (answer.chunked) {
    answer.head.fields.add("Transfer-Encoding", "chunked");
  } else {
    answer.head.fields.add("Content-Length", std::to_string(answer.text.size()));
  }
  return answer;
}

}  // namespace catenet::http
